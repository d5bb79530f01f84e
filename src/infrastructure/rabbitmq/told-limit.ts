/** Of RabbitMQ's words for a message that is too large. */
const LARGEST = /larger than (?:configured )?max size (\d+)/;

/** The largest body, in bytes, that the broker has said it takes; undefined when it speaks of something else. */
export const toldLimit = (words: string): number | undefined => {
  const [, largest] = LARGEST.exec(words) ?? [];
  return largest === undefined ? undefined : Number(largest);
};
