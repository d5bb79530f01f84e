import type { Json } from '../../src/domain/shared/json.ts';

/**
 * What is remembered of one key. Finished once there is an answer; else somebody is at it until `leasedUntil`,
 * and after that nobody knows what became of it. The rules of the table `idempotency_keys`, for keys in memory.
 */
export type KeyRecord = {
  readonly fingerprint: string;
  readonly mark: number;
  readonly leaseId: string;
  /** Epoch milliseconds by the clock of the store. */
  readonly leasedUntil: number;
  /** It was claimed before, and given back by nobody. */
  readonly isTakenOver: boolean;
  /** The lease under which it was about to be sent, of what no repeat could recognise. */
  readonly sentUnder: string | undefined;
  /** Where its mark may stand; undefined: nowhere, or not any more. */
  readonly markPlace: string | undefined;
  /** Of its last claim, epoch milliseconds. */
  readonly usedAt: number;
  readonly answer: Finished | undefined;
};

type Finished = {
  readonly value: Json;
  readonly at: number;
};

/** What a claim brings along for the case that it succeeds. */
type NewClaim = Pick<KeyRecord, 'fingerprint' | 'mark' | 'leaseId' | 'leasedUntil' | 'markPlace' | 'usedAt'>;

type ClaimVerdict = 'claimed' | 'taken-over' | 'finished' | 'running' | 'mismatch';

export const verdictOn = (known: KeyRecord | undefined, fingerprint: string, now: number): ClaimVerdict => {
  if (known === undefined) return 'claimed';
  if (known.fingerprint !== fingerprint) return 'mismatch';
  if (known.answer !== undefined) return 'finished';
  return known.leasedUntil < now ? 'taken-over' : 'running';
};

/** The record after a claim that was granted. The first mark stays: it may stand in a spreadsheet already. */
export const claimedBy = (known: KeyRecord | undefined, claim: NewClaim): KeyRecord => ({
  ...claim,
  mark: known?.mark ?? claim.mark,
  isTakenOver: known !== undefined,
  sentUnder: known?.sentUnder,
  answer: undefined,
});

/** Whether this lease may still change the record. Also true when it ran out and nobody took over. */
export const isHeldBy = (known: KeyRecord | undefined, leaseId: string): known is KeyRecord =>
  known !== undefined && known.leaseId === leaseId && known.answer === undefined;

export const isNotGivenBack = ({ leasedUntil }: KeyRecord): boolean =>
  leasedUntil !== Number.NEGATIVE_INFINITY;

export const sentBy = (known: KeyRecord): KeyRecord => ({
  ...known,
  sentUnder: known.sentUnder ?? known.leaseId,
});

/** Its lease over at once, so that the next claim takes over. */
export const leftInDoubt = (known: KeyRecord): KeyRecord => ({
  ...known,
  leasedUntil: Number.NEGATIVE_INFINITY,
});

/** Undefined: forgotten. What was taken over may have been done by whoever held it before. */
export const released = (known: KeyRecord): KeyRecord | undefined =>
  known.isTakenOver
    ? leftInDoubt({ ...known, sentUnder: known.sentUnder === known.leaseId ? undefined : known.sentUnder })
    : undefined;

/** For how long nobody has had a use for its mark, in milliseconds; undefined: it is not over. */
export const overFor = (
  { answer, leasedUntil, usedAt }: KeyRecord,
  now: number,
): { readonly ms: number; readonly isInDoubt: boolean } | undefined => {
  if (answer !== undefined) return { ms: now - answer.at, isInDoubt: false };
  return leasedUntil < now ? { ms: now - usedAt, isInDoubt: true } : undefined;
};
