import { expect } from 'chai';
import type { IdempotencyKey } from '../../src/domain/idempotency/idempotency-key.ts';
import type {
  IdempotencyKeys,
  KeyClaim,
  KeyedRequest,
  SpentFor,
} from '../../src/domain/idempotency/idempotency-keys.ts';
import type { Json } from '../../src/domain/shared/json.ts';
import { OTHER_TENANT, TENANT } from '../support/an-external-service.ts';

export type IdempotencyKeysHarness = {
  /** Several adapters over the same keys, as in several replicas; at least one. */
  readonly replicas: readonly [IdempotencyKeys, ...IdempotencyKeys[]];
  /** Lets every lease granted so far expire. */
  readonly expireLeases: () => Promise<void>;
  /** The duration of a lease in milliseconds. */
  readonly leaseMs: number;
  /** Lets this much of every lease pass. */
  readonly pass: (ms: number) => Promise<void>;
};

const aRequest = (change: Partial<KeyedRequest> = {}): KeyedRequest => ({
  key: 'order-17' as IdempotencyKey,
  fingerprint: 'a'.repeat(64),
  ...change,
});
const anotherBody = { fingerprint: 'b'.repeat(64) };
const answer: Json = { updates: [{ range: "'Лист 1'!A1:B2", rows: 2 }], nothing: null, text: '“😀”\u0000' };

/** The rules for every `IdempotencyKeys`. `open` gives an empty store. */
export const idempotencyKeysContract = (name: string, open: () => Promise<IdempotencyKeysHarness>): void => {
  describe(`${name} as idempotency keys`, () => {
    let harness: IdempotencyKeysHarness;
    let keys: IdempotencyKeys;
    beforeEach(async () => {
      harness = await open();
      keys = harness.replicas[0];
    });

    type Claimed = Extract<KeyClaim, { readonly kind: 'claimed' }>;
    const granted = (claim: KeyClaim): Claimed => {
      if (claim.kind !== 'claimed') throw new Error(`${claim.kind} where a lease was expected`);
      return claim;
    };
    const claim = (change: Partial<KeyedRequest> = {}, tenant = TENANT) =>
      keys.claim(tenant, aRequest(change));
    const claimed = async (change: Partial<KeyedRequest> = {}, tenant = TENANT) =>
      granted(await claim(change, tenant));
    const kindOf = async (change: Partial<KeyedRequest> = {}): Promise<KeyClaim['kind']> =>
      (await claim(change)).kind;

    it('grants the lease to the first claim and tells the others when to ask again', async () => {
      const { mark, isTakeover } = await claimed();
      expect(isTakeover).to.equal(false);
      expect(mark)
        .to.be.within(1, 2 ** 31 - 1)
        .and.satisfy(Number.isInteger);
      const second = await claim();
      expect(second.kind).to.equal('running');
      expect(second).to.have.property('retryAfterMs').above(0);
    });

    it('tells when the lease of a silent holder expires', async () => {
      const { lease } = await claimed();
      const waitMs = async (): Promise<number> => {
        const again = await claim();
        if (again.kind !== 'running') throw new Error(again.kind);
        return again.retryAfterMs;
      };
      await harness.pass(0.4 * harness.leaseMs);
      const ofTheLiving = await waitMs();
      expect(ofTheLiving).to.be.below(0.1 * harness.leaseMs);
      await harness.pass(0.4 * harness.leaseMs);
      expect(await waitMs()).to.be.within(0.15 * harness.leaseMs, 0.2 * harness.leaseMs);
      await keys.renew(lease);
      expect(await waitMs()).to.equal(ofTheLiving);
    });

    it('grants one lease to many concurrent claims, over all replicas', async () => {
      const claims = await Promise.all(
        Array.from({ length: 24 }, (_, i) =>
          (harness.replicas[i % harness.replicas.length] ?? keys).claim(TENANT, aRequest()),
        ),
      );
      const kinds = claims.map(({ kind }) => kind).toSorted();
      expect(kinds).to.deep.equal(['claimed', ...Array.from({ length: 23 }, () => 'running')]);
    });

    it('gives every key its own mark, over all tenants', async () => {
      const names = Array.from({ length: 20 }, (_, i) => ({ key: `k-${i}` as IdempotencyKey }));
      const marks = await Promise.all(
        [TENANT, OTHER_TENANT].flatMap((tenant) => names.map(async (n) => (await claimed(n, tenant)).mark)),
      );
      expect(new Set(marks).size).to.equal(40);
    });

    it('gives a repeat of what is finished exactly the same answer, for ever', async () => {
      const { lease } = await claimed();
      expect(await keys.finish(lease, answer)).to.equal(true);
      await harness.expireLeases();
      for (const replica of harness.replicas)
        expect(await replica.claim(TENANT, aRequest())).to.deep.equal({ kind: 'finished', answer });
      expect(await keys.finish(lease, 'another')).to.equal(false);
      expect(await claim()).to.deep.equal({ kind: 'finished', answer });
    });

    it('refuses a different body, whether running, in doubt or finished', async () => {
      const first = await claimed();
      expect(await kindOf(anotherBody)).to.equal('mismatch');
      await harness.expireLeases();
      expect(await kindOf(anotherBody)).to.equal('mismatch');
      await keys.leaveInDoubt(first.lease);
      expect(await kindOf(anotherBody)).to.equal('mismatch');
      await keys.finish((await claimed()).lease, answer);
      expect(await kindOf(anotherBody)).to.equal('mismatch');
    });

    it('keeps tenants and keys apart', async () => {
      await keys.finish((await claimed()).lease, answer);
      expect((await claimed({}, OTHER_TENANT)).isTakeover).to.equal(false);
      expect((await claimed({ key: 'order-18' as IdempotencyKey })).isTakeover).to.equal(false);
    });

    it('lets one claim take over from a holder that died, with the same mark', async () => {
      const first = await claimed();
      await harness.expireLeases();
      const claims = await Promise.all([claim(), claim(), claim()]);
      expect(claims.map(({ kind }) => kind).toSorted()).to.deep.equal(['claimed', 'running', 'running']);
      const second = claims.find(({ kind }) => kind === 'claimed');
      expect(second).to.include({ mark: first.mark, isTakeover: true });
    });

    it('lets one claim take over at once what is left in doubt, with the same mark', async () => {
      const first = await claimed();
      await keys.leaveInDoubt(first.lease);
      expect(await claimed()).to.include({ mark: first.mark, isTakeover: true });
      expect(await kindOf()).to.equal('running');
    });

    it('does not renew what was left in doubt: a late renewal delays nobody', async () => {
      const { lease, mark } = await claimed();
      await keys.leaveInDoubt(lease);
      expect(await keys.renew(lease)).to.equal(false);
      const second = await claimed();
      expect(second).to.include({ mark, isTakeover: true });
      await keys.release(second.lease);
      expect(await keys.renew(second.lease)).to.equal(false);
      expect(await claimed()).to.include({ mark, isTakeover: true });
    });

    it('extends a lease that is renewed', async () => {
      const { lease } = await claimed();
      await harness.expireLeases();
      expect(await keys.renew(lease)).to.equal(true);
      expect(await kindOf()).to.equal('running');
    });

    it('refuses everything from a holder that has lost the lease', async () => {
      const lost = await claimed();
      await harness.expireLeases();
      const held = await claimed();
      expect(await keys.renew(lost.lease)).to.equal(false);
      expect(await keys.finish(lost.lease, 'late')).to.equal(false);
      await keys.release(lost.lease);
      await keys.leaveInDoubt(lost.lease);
      expect(await kindOf()).to.equal('running');
      expect(await keys.finish(held.lease, answer)).to.equal(true);
      expect(await claim()).to.deep.equal({ kind: 'finished', answer });
    });

    it('tells a takeover whether the write may have been sent, but not for an attempt that was released', async () => {
      const first = await claimed();
      expect(first.maybeSent).to.equal(false);
      await harness.expireLeases();
      const second = await claimed();
      expect(second).to.include({ isTakeover: true, maybeSent: false });
      expect(await keys.sending(first.lease)).to.equal(false);
      expect(await keys.sending(second.lease)).to.equal(true);
      await keys.release(second.lease);
      const third = await claimed();
      expect(third).to.include({ isTakeover: true, maybeSent: false });
      expect([await keys.sending(third.lease), await keys.sending(third.lease)]).to.deep.equal([true, true]);
      await harness.expireLeases();
      const fourth = await claimed();
      expect(fourth).to.include({ mark: first.mark, maybeSent: true });
      expect(await keys.sending(fourth.lease)).to.equal(true);
      await keys.release(fourth.lease);
      const fifth = await claimed();
      expect(fifth.maybeSent).to.equal(true);
      await keys.leaveInDoubt(fifth.lease);
      expect(await claimed()).to.include({ maybeSent: true });
    });

    it('forgets a released key, so that the next claim begins anew, also with a different body', async () => {
      await keys.release((await claimed()).lease);
      expect((await claimed(anotherBody)).isTakeover).to.equal(false);
    });

    it('does not forget a key that was taken over when it is released: its write may have been done before', async () => {
      const first = await claimed();
      await harness.expireLeases();
      await keys.release((await claimed()).lease);
      expect(await kindOf(anotherBody)).to.equal('mismatch');
      expect(await claimed()).to.include({ mark: first.mark, isTakeover: true });
    });

    it('lists the marks that nobody can ask for any more, to their own tenant, until they are reported gone', async () => {
      const keysOf = ['k-1', 'k-2', 'k-3', 'k-4'] as IdempotencyKey[];
      const places = ['here', 'here', 'there', undefined];
      const claims = await Promise.all(keysOf.map((key, i) => claimed({ key, markPlace: places[i] })));
      const [first, second, elsewhere] = claims;
      for (const { lease } of claims) await keys.finish(lease, answer);
      const running = await claimed({ markPlace: 'here' });
      const spent = (place = 'here', ms = 0, most = 10, tenant = TENANT) =>
        keys.spentMarks(tenant, place, { ms, takenOverMs: ms, inDoubtMs: ms }, most);
      expect(await spent()).to.have.members([first!.mark, second!.mark]);
      expect(await spent('here', 0, 1)).to.have.length(1);
      expect(await spent('here', 60_000)).to.deep.equal([]);
      expect(await spent('here', 0, 10, OTHER_TENANT)).to.deep.equal([]);
      await keys.marksGone(OTHER_TENANT, [first!.mark]);
      await keys.marksGone(TENANT, [first!.mark, running.mark]);
      expect(await spent()).to.deep.equal([second!.mark]);
      expect(await spent('there')).to.deep.equal([elsewhere!.mark]);
      expect(await claim({ key: keysOf[0]! })).to.deep.equal({ kind: 'finished', answer });
    });

    it('keeps the marks of keys that were taken over or may be repeated for longer: another request may yet arrive', async () => {
      const markPlace = 'here';
      await claimed({ markPlace });
      await harness.expireLeases();
      const over = await claimed({ markPlace });
      const [first, again] = [
        await claimed({ key: 'k-1' as IdempotencyKey, markPlace }),
        await claimed({ key: 'k-2' as IdempotencyKey, markPlace }),
      ];
      for (const { lease } of [over, first]) await keys.finish(lease, answer);
      await keys.finish(again.lease, answer, true);
      const spent = (times: Omit<SpentFor, 'inDoubtMs'>) =>
        keys.spentMarks(TENANT, markPlace, { ...times, inDoubtMs: 0 }, 10);
      expect(await spent({ ms: 0, takenOverMs: 60_000 })).to.deep.equal([first.mark]);
      expect(await spent({ ms: 60_000, takenOverMs: 0 })).to.have.members([over.mark, again.mark]);
    });

    it('lists what is in doubt, or whose holder died, when nobody has asked for it for long enough', async () => {
      const markPlace = 'here';
      const doubted = await claimed({ key: 'k-1' as IdempotencyKey, markPlace });
      await keys.leaveInDoubt(doubted.lease);
      const died = await claimed({ key: 'k-2' as IdempotencyKey, markPlace });
      await harness.expireLeases();
      const running = await claimed({ key: 'k-3' as IdempotencyKey, markPlace });
      await keys.release((await claimed({ key: 'k-4' as IdempotencyKey, markPlace })).lease);
      const spent = (inDoubtMs: number) =>
        keys.spentMarks(TENANT, markPlace, { ms: 0, takenOverMs: 0, inDoubtMs }, 10);
      expect(await spent(60_000)).to.deep.equal([]);
      expect(await spent(0)).to.have.members([doubted.mark, died.mark]);
      // One of them is repeated while its mark is being removed, and then written again.
      const again = await claimed({ key: 'k-1' as IdempotencyKey, markPlace });
      await keys.marksGone(TENANT, [doubted.mark, died.mark, running.mark]);
      expect(await spent(0)).to.deep.equal([]);
      for (const { lease } of [again, running]) await keys.leaveInDoubt(lease);
      expect(await spent(0)).to.have.members([doubted.mark, running.mark]);
      await keys.leaveInDoubt((await claimed({ key: 'k-2' as IdempotencyKey, markPlace })).lease);
      expect(await spent(0)).to.include(died.mark);
    });

    it('neither forgets nor doubts what is finished when it is released late', async () => {
      const { lease } = await claimed();
      await keys.finish(lease, answer);
      await keys.release(lease);
      await keys.leaveInDoubt(lease);
      expect(await kindOf()).to.equal('finished');
    });
  });
};
