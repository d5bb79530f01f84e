/** Bytes of bodies that this process holds at one time, over all requests. */
export type BodyBudget = {
  /** False: there is no room for so many more. */
  readonly take: (bytes: number) => boolean;
  readonly giveBack: (bytes: number) => void;
};

export const bodyBudget = (mostBytes: number): BodyBudget => {
  let held = 0;
  return {
    take: (bytes) => {
      // One body of any size may always be there, or a limit below it would never let it in.
      if (held > 0 && held + bytes > mostBytes) return false;
      held += bytes;
      return true;
    },
    giveBack: (bytes) => {
      held -= bytes;
    },
  };
};
