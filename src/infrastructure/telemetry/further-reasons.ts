/** What an error puts into its text may be another thing each time. */
const MOST = 5;

/** Which reasons of one loss are worth a line: each once, and a few at most. */
export type FurtherReasons = {
  readonly isNews: (reason: string) => boolean;
  /** None was told yet. */
  readonly isFirst: boolean;
  /** The loss is over. */
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
