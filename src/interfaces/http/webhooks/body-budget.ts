/**
 * Limits the bytes of bodies that this process holds at a time, over all requests; this is the view of one company's
 * webhooks.
 */
export type BodyBudget = {
  /** False if there is no room for so many more bytes. `ofBody`: size of the whole body, as far as it is known. */
  readonly take: (bytes: number, ofBody: number) => boolean;
  readonly giveBack: (bytes: number) => void;
};

export type BodyBudgets = (tenant: string) => BodyBudget;

type Shares = {
  readonly mostBytes: number;
  /**
   * Bytes reserved for small bodies. Otherwise three of GitHub's largest deliveries would make all other senders be
   * refused until they are stored.
   */
  readonly leftToSmall?: number;
  /**
   * Bytes that one company's webhooks leave to others; otherwise anybody who knows one address could use up everything.
   */
  readonly leftToOthers?: number;
};

/** Hardly any sender but GitHub sends larger bodies. */
const SMALL_BODY = 64 * 1024;

export const bodyBudgets = ({ mostBytes, leftToSmall = 0, leftToOthers = 0 }: Shares): BodyBudgets => {
  const mostOfOne = mostBytes - leftToOthers;
  const heldFor = new Map<string, number>();
  let held = 0;
  return (tenant) => ({
    take: (bytes, ofBody) => {
      const own = heldFor.get(tenant) ?? 0;
      const most = ofBody <= SMALL_BODY ? mostBytes : mostBytes - leftToSmall;
      // One body of any size is always admitted; otherwise a limit below its size would refuse it for ever.
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
