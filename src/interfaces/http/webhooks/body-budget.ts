/** Bytes of bodies that this process holds at one time, over all requests. */
export type BodyBudget = {
  /** False: there is no room for so many more. `ofBody`: bytes of the whole body, as far as anybody knows. */
  readonly take: (bytes: number, ofBody: number) => boolean;
  readonly giveBack: (bytes: number) => void;
};

/** Hardly any sender sends more, but for GitHub. */
const SMALL_BODY = 64 * 1024;

/**
 * `leftToSmall`: bytes that larger bodies leave to small ones. Three of the largest that GitHub sends would else have
 * those of every other sender refused until they are stored.
 */
export const bodyBudget = (mostBytes: number, leftToSmall = 0): BodyBudget => {
  let held = 0;
  return {
    take: (bytes, ofBody) => {
      const most = ofBody <= SMALL_BODY ? mostBytes : mostBytes - leftToSmall;
      // One body of any size may always be there, or a limit below it would never let it in.
      if (held > 0 && held + bytes > most) return false;
      held += bytes;
      return true;
    },
    giveBack: (bytes) => {
      held -= bytes;
    },
  };
};
