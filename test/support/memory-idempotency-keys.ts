import { askAgainMs } from '../../src/domain/idempotency/ask-again.ts';
import type { IdempotencyKeys, KeyLease } from '../../src/domain/idempotency/idempotency-keys.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import type { Json } from '../../src/domain/shared/json.ts';
import {
  claimedBy,
  isHeldBy,
  isNotGivenBack,
  leftInDoubt,
  overFor,
  released,
  sentBy,
  verdictOn,
  type KeyRecord,
} from './key-record.ts';
import { sequentialIds } from './sequential-ids.ts';

export const KEY_LEASE_MS = 15_000;

/** Keys that live as long as the test. Answers are stored as JSON, as in a table. */
export const memoryIdempotencyKeys = (clock: Pick<Clock, 'now'>): IdempotencyKeys => {
  const records = new Map<string, KeyRecord>();
  const ids = sequentialIds(7_000);
  let lastMark = 0;
  const placeOf = ({ tenantId, key }: Pick<KeyLease, 'tenantId' | 'key'>): string => `${tenantId} ${key}`;
  const change = (
    lease: KeyLease,
    to: (known: KeyRecord) => KeyRecord | undefined,
    mayBe: (known: KeyRecord) => boolean = () => true,
  ): boolean => {
    const known = records.get(placeOf(lease));
    if (!isHeldBy(known, lease.id) || !mayBe(known)) return false;
    const changed = to(known);
    if (changed === undefined) records.delete(placeOf(lease));
    else records.set(placeOf(lease), changed);
    return true;
  };
  return {
    claim: async (tenantId, { key, fingerprint, markPlace }) => {
      const lease: KeyLease = { tenantId, key, id: ids.uuid() };
      const known = records.get(placeOf(lease));
      const verdict = verdictOn(known, fingerprint, clock.now());
      if (verdict === 'mismatch') return { kind: 'mismatch' };
      const leftMs = (known?.leasedUntil ?? 0) - clock.now();
      if (verdict === 'running') return { kind: 'running', retryAfterMs: askAgainMs(leftMs, KEY_LEASE_MS) };
      if (known?.answer !== undefined) return { kind: 'finished', answer: known.answer.value };
      lastMark += 1;
      const leasedUntil = clock.now() + KEY_LEASE_MS;
      const usedAt = clock.now();
      const claim = { fingerprint, mark: lastMark, leaseId: lease.id, leasedUntil, markPlace, usedAt };
      const record = claimedBy(known, claim);
      records.set(placeOf(lease), record);
      const { mark, isTakenOver: isTakeover, sentUnder } = record;
      return { kind: 'claimed', lease, mark, isTakeover, maybeSent: sentUnder !== undefined };
    },
    renew: async (lease) =>
      change(lease, (known) => ({ ...known, leasedUntil: clock.now() + KEY_LEASE_MS }), isNotGivenBack),
    sending: async (lease) => change(lease, sentBy),
    finish: async (lease, answer, mayComeAgain = false) => {
      const value = JSON.parse(JSON.stringify(answer)) as Json;
      return change(lease, (known) => ({
        ...known,
        isTakenOver: known.isTakenOver || mayComeAgain,
        answer: { value, at: clock.now() },
      }));
    },
    spentMarks: async (tenantId, markPlace, { ms, takenOverMs, inDoubtMs }, most) =>
      [...records]
        .filter(([place, record]) => {
          if (!place.startsWith(`${tenantId} `) || record.markPlace !== markPlace) return false;
          const over = overFor(record, clock.now());
          if (over === undefined) return false;
          return over.ms >= (over.isInDoubt ? inDoubtMs : record.isTakenOver ? takenOverMs : ms);
        })
        .map(([, { mark }]) => mark)
        .slice(0, most),
    marksGone: async (tenantId, marks) => {
      for (const [place, record] of records)
        if (place.startsWith(`${tenantId} `) && marks.includes(record.mark) && overFor(record, clock.now()))
          records.set(place, { ...record, markPlace: undefined });
    },
    release: async (lease) => void change(lease, released),
    leaveInDoubt: async (lease) => void change(lease, leftInDoubt),
  };
};
