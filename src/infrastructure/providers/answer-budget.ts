/**
 * Limits the bytes of answers that this process holds at a time, over all calls: as received, and again when
 * decompressed.
 */
export type AnswerBudget = { readonly open: () => AnswerAllowance };

/** The share of one answer in the budget. */
export type AnswerAllowance = {
  /** False if there is no room for so many more bytes: the answer must then be given up. */
  readonly take: (bytes: number) => boolean;
  /** Gives back everything taken. */
  readonly giveBack: () => void;
};

/** Not counted for each answer, so that a few large answers never stop everybody else's small ones. */
export const FREE_BYTES = 256 * 1024;

export const answerBudget = (mostBytes: number): AnswerBudget => {
  let held = 0;
  return {
    open: () => {
      let own = 0;
      const counted = (bytes: number): number => Math.max(0, bytes - FREE_BYTES);
      return {
        take: (bytes) => {
          const more = counted(own + bytes) - counted(own);
          if (held + more > mostBytes) return false;
          own += bytes;
          held += more;
          return true;
        },
        giveBack: () => {
          held -= counted(own);
          own = 0;
        },
      };
    },
  };
};
