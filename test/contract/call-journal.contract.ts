import { expect } from 'chai';
import type { CallJournal } from '../../src/domain/audit/call-journal.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import { aRecordedCall } from '../support/a-recorded-call.ts';
import { anId } from '../support/an-external-service.ts';

export type CallJournalHarness = {
  readonly journal: CallJournal;
  /** The ids of the committed records and events, each as often as it occurs. */
  readonly stored: () => Promise<{ readonly records: readonly string[]; readonly events: readonly string[] }>;
  /** Makes the store unreachable, and reachable again. */
  readonly lose: () => Promise<void>;
  readonly restore: () => Promise<void>;
};

const numbers = (count: number, first = 1): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n);
const recordIds = (ns: readonly number[]): readonly string[] => ns.map(anId);
const eventIds = (ns: readonly number[]): readonly string[] => ns.map((n) => anId(1_000_000 + n));

export const callJournalContract = (name: string, open: () => Promise<CallJournalHarness>): void => {
  describe(`${name} as a call journal`, () => {
    let harness: CallJournalHarness;
    beforeEach(async () => void (harness = await open()));
    afterEach(() => harness.journal.close());

    const appendAll = (ns: readonly number[]) =>
      Promise.all(ns.map((n) => harness.journal.append(aRecordedCall(n))));
    const outcomes = async (ns: readonly number[]): Promise<readonly string[]> =>
      (await Promise.allSettled(ns.map((n) => harness.journal.append(aRecordedCall(n))))).map((outcome) =>
        outcome.status === 'fulfilled' ? 'stored' : (outcome.reason as Error).message,
      );
    const expectStored = async (ns: readonly number[]): Promise<void> => {
      const stored = await harness.stored();
      expect([...stored.records].sort()).to.deep.equal(recordIds(ns));
      expect([...stored.events].sort()).to.deep.equal(eventIds(ns));
    };

    it('has stored the record and its events when it resolves', async () => {
      await appendAll([1]);
      await expectStored([1]);
    });

    it('stores many concurrent calls of many tenants, each exactly once', async function () {
      this.timeout(60_000);
      const ns = numbers(5_000);
      const tenants = numbers(20).map((n) => `uk_company_${n}` as TenantId);
      await Promise.all(
        ns.map((n) => harness.journal.append(aRecordedCall(n, { tenantId: tenants[n % 20] as TenantId }))),
      );
      await expectStored(ns);
    });

    it('keeps the order of events of successive calls', async () => {
      for (const n of numbers(30)) await appendAll([n]);
      expect((await harness.stored()).events).to.deep.equal(eventIds(numbers(30)));
    });

    it('stores a call that has no events', async () => {
      await harness.journal.append({ ...aRecordedCall(1), events: [] });
      expect(await harness.stored()).to.deep.equal({ records: [anId(1)], events: [] });
    });

    it('rejects while the store is unavailable, keeps none of those calls, and recovers by itself', async () => {
      await appendAll([1]);
      await harness.lose();
      for (const outcome of await outcomes(numbers(300, 2)))
        expect(outcome).to.contain('trail is unavailable');
      await harness.restore();
      expect(await outcomes([500, 501])).to.deep.equal(['stored', 'stored']);
      await expectStored([1, 500, 501]);
    });

    it('has stored all calls appended before it was closed, and refuses later ones', async () => {
      const before = outcomes(numbers(700));
      await harness.journal.close();
      await expectStored(numbers(700));
      expect(new Set(await before)).to.deep.equal(new Set(['stored']));
      expect(await outcomes([900])).to.deep.equal(['the call trail is closed']);
      await expectStored(numbers(700));
    });
  });
};
