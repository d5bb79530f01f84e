import type { Json } from '../../src/domain/shared/json.ts';

/**
 * What is stored about one idempotency key. It is finished once there is an answer; before that, its holder works on it
 * until `leasedUntil`, and after that the outcome is unknown. These are the rules of the table `idempotency_keys`, for
 * keys in memory.
 */
export type KeyRecord = {
  readonly fingerprint: string;
  readonly mark: number;
  readonly leaseId: string;
  /** Epoch milliseconds by the store's clock. */
  readonly leasedUntil: number;
  /** It was claimed before, and that claim was never released. */
  readonly isTakenOver: boolean;
  /** The lease under which a write was about to be sent that no repeat could recognise in the spreadsheet. */
  readonly sentUnder: string | undefined;
  /** Where its mark may be in the spreadsheet; undefined: nowhere, or no longer. */
  readonly markPlace: string | undefined;
  /** The time of its last claim, epoch milliseconds. */
  readonly usedAt: number;
  readonly answer: Finished | undefined;
};

type Finished = {
  readonly value: Json;
  readonly at: number;
};

/** The fields that a claim sets if it is granted. */
type NewClaim = Pick<KeyRecord, 'fingerprint' | 'mark' | 'leaseId' | 'leasedUntil' | 'markPlace' | 'usedAt'>;

type ClaimVerdict = 'claimed' | 'taken-over' | 'finished' | 'running' | 'mismatch';

export const verdictOn = (known: KeyRecord | undefined, fingerprint: string, now: number): ClaimVerdict => {
  if (known === undefined) return 'claimed';
  if (known.fingerprint !== fingerprint) return 'mismatch';
  if (known.answer !== undefined) return 'finished';
  return known.leasedUntil < now ? 'taken-over' : 'running';
};

/** The record after a granted claim. The first mark is kept: it may be in a spreadsheet already. */
export const claimedBy = (known: KeyRecord | undefined, claim: NewClaim): KeyRecord => ({
  ...claim,
  mark: known?.mark ?? claim.mark,
  isTakenOver: known !== undefined,
  sentUnder: known?.sentUnder,
  answer: undefined,
});

/** Whether this lease may still change the record. Also true if it has expired and nobody has taken over. */
export const isHeldBy = (known: KeyRecord | undefined, leaseId: string): known is KeyRecord =>
  known !== undefined && known.leaseId === leaseId && known.answer === undefined;

export const isNotGivenBack = ({ leasedUntil }: KeyRecord): boolean =>
  leasedUntil !== Number.NEGATIVE_INFINITY;

export const sentBy = (known: KeyRecord): KeyRecord => ({
  ...known,
  sentUnder: known.sentUnder ?? known.leaseId,
});

/** Ends the lease at once, so that the next claim takes over. */
export const leftInDoubt = (known: KeyRecord): KeyRecord => ({
  ...known,
  leasedUntil: Number.NEGATIVE_INFINITY,
});

/** Undefined: the key is forgotten. The write of a key that was taken over may have been done by its earlier holder. */
export const released = (known: KeyRecord): KeyRecord | undefined =>
  known.isTakenOver
    ? leftInDoubt({ ...known, sentUnder: known.sentUnder === known.leaseId ? undefined : known.sentUnder })
    : undefined;

/** For how many milliseconds its mark has not been needed; undefined: it still is. */
export const overFor = (
  { answer, leasedUntil, usedAt }: KeyRecord,
  now: number,
): { readonly ms: number; readonly isInDoubt: boolean } | undefined => {
  if (answer !== undefined) return { ms: now - answer.at, isInDoubt: false };
  return leasedUntil < now ? { ms: now - usedAt, isInDoubt: true } : undefined;
};
