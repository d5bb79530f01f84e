/**
 * Bytes of answers that this process holds at one time, over all calls: as they come, and again as they are unpacked.
 */
export type AnswerBudget = { readonly open: () => AnswerAllowance };

/** What one answer may hold of it. */
export type AnswerAllowance = {
  /** False: there is no room for so many more, and the answer is to be given up. */
  readonly take: (bytes: number) => boolean;
  /** All that was taken. */
  readonly giveBack: () => void;
};

/** Not counted of each answer, so that a few large ones never stop the small ones of everybody else. */
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
