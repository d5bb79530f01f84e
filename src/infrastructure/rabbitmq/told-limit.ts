/** From RabbitMQ's text about a message that is too large. */
const LARGEST = /larger than (?:configured )?max size (\d+)/;

/** The largest body, in bytes, that the broker says it takes; undefined if the text is about something else. */
export const toldLimit = (words: string): number | undefined => {
  const [, largest] = LARGEST.exec(words) ?? [];
  return largest === undefined ? undefined : Number(largest);
};
