/** Limited, since the text of an error may differ each time. */
const MOST = 5;

/** Which reasons of one outage are worth a log line: each once, and only a few. */
export type FurtherReasons = {
  readonly isNews: (reason: string) => boolean;
  /** None was reported yet. */
  readonly isFirst: boolean;
  /** The outage is over. */
  readonly forget: () => void;
};

export const furtherReasons = (): FurtherReasons => {
  const told = new Set<string>();
  return {
    get isFirst() {
      return told.size === 0;
    },
    isNews: (reason) => {
      if (told.has(reason) || told.size >= MOST) return false;
      told.add(reason);
      return true;
    },
    forget: () => told.clear(),
  };
};
