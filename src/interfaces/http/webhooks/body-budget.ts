/** Bytes of bodies for one company's webhooks that this process holds at one time, over all requests. */
export type BodyBudget = {
  /** False: there is no room for so many more. `ofBody`: bytes of the whole body, as far as anybody knows. */
  readonly take: (bytes: number, ofBody: number) => boolean;
  readonly giveBack: (bytes: number) => void;
};

export type BodyBudgets = (tenant: string) => BodyBudget;

type Shares = {
  readonly mostBytes: number;
  /**
   * Bytes that larger bodies leave to small ones. Three of the largest that GitHub sends would else have those of every
   * other sender refused until they are stored.
   */
  readonly leftToSmall?: number;
  /** Of all, what one company's webhooks leave to the others: whoever knows one address could else fill the rest. */
  readonly leftToOthers?: number;
};

/** Hardly any sender sends more, but for GitHub. */
const SMALL_BODY = 64 * 1024;

export const bodyBudgets = ({ mostBytes, leftToSmall = 0, leftToOthers = 0 }: Shares): BodyBudgets => {
  const mostOfOne = mostBytes - leftToOthers;
  const heldFor = new Map<string, number>();
  let held = 0;
  return (tenant) => ({
    take: (bytes, ofBody) => {
      const own = heldFor.get(tenant) ?? 0;
      const most = ofBody <= SMALL_BODY ? mostBytes : mostBytes - leftToSmall;
      // One body of any size may always be there, or a limit below it would never let it in.
      if (held > 0 && held + bytes > most) return false;
      if (own > 0 && own + bytes > mostOfOne) return false;
      held += bytes;
      heldFor.set(tenant, own + bytes);
      return true;
    },
    giveBack: (bytes) => {
      const left = (heldFor.get(tenant) ?? 0) - bytes;
      held -= bytes;
      if (left > 0) heldFor.set(tenant, left);
      else heldFor.delete(tenant);
    },
  });
};
