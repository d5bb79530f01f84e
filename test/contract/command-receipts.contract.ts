import { expect } from 'chai';
import type { CommandAnswer } from '../../src/application/command-queue.ts';
import type {
  Claim,
  CommandIdentity,
  CommandLease,
  CommandReceipts,
} from '../../src/application/command-receipts.ts';
import { OTHER_TENANT, TENANT } from '../support/an-external-service.ts';

export type CommandReceiptsHarness = {
  readonly receipts: CommandReceipts;
  /** Lets every lease granted so far expire. */
  readonly expireLeases: () => Promise<void>;
  /** The size in bytes of the largest answer that is kept. */
  readonly largestAnswer: number;
};

const identity = (change: Partial<CommandIdentity> = {}): CommandIdentity => ({
  messageId: 'order-17',
  type: 'integration.command.geocode',
  bodyHash: 'a'.repeat(64),
  ...change,
});
const answer: CommandAnswer = {
  status: 200,
  contentType: 'application/json',
  body: '{"data":"Тошкент “😀”"}',
};
const nothing: CommandAnswer = { status: 204, contentType: undefined, body: '' };

/** The rules for every `CommandReceipts`. `open` gives an empty store. */
export const commandReceiptsContract = (name: string, open: () => Promise<CommandReceiptsHarness>): void => {
  describe(`${name} as command receipts`, () => {
    let harness: CommandReceiptsHarness;
    let receipts: CommandReceipts;
    beforeEach(async () => {
      harness = await open();
      receipts = harness.receipts;
    });

    const leaseOf = (claim: Claim): CommandLease => {
      if (claim.kind !== 'claimed') throw new Error(`${claim.kind} where a lease was expected`);
      return claim.lease;
    };
    const claimed = async (change: Partial<CommandIdentity> = {}): Promise<CommandLease> =>
      leaseOf(await receipts.claim(TENANT, identity(change)));
    const kindOf = async (change: Partial<CommandIdentity> = {}, tenant = TENANT): Promise<Claim['kind']> =>
      (await receipts.claim(tenant, identity(change))).kind;

    it('grants the lease to the first claim and reports to the others that the command is running', async () => {
      await claimed();
      expect(await kindOf()).to.equal('running');
    });

    it('grants one lease to many concurrent claims', async () => {
      const claims = await Promise.all(Array.from({ length: 12 }, () => kindOf()));
      expect(claims.toSorted()).to.deep.equal(['claimed', ...Array.from({ length: 11 }, () => 'running')]);
    });

    for (const [what, kept] of [
      ['an answer', answer],
      ['an answer without a body', nothing],
    ] as const)
      it(`gives a repeat of what is finished ${what}, for ever`, async () => {
        expect(await receipts.finish(await claimed(), kept)).to.equal(true);
        await harness.expireLeases();
        expect(await receipts.claim(TENANT, identity())).to.deep.equal({ kind: 'finished', answer: kept });
        expect(await receipts.claim(TENANT, identity())).to.deep.equal({ kind: 'finished', answer: kept });
      });

    it('remembers that a command is finished even when its answer is too large to keep', async () => {
      const huge = { ...answer, body: 'x'.repeat(harness.largestAnswer + 1) };
      expect(await receipts.finish(await claimed(), huge)).to.equal(true);
      expect(await receipts.claim(TENANT, identity())).to.deep.equal({
        kind: 'finished',
        answer: undefined,
      });
    });

    it('remembers that a command is finished, and nothing of an answer that is withheld', async () => {
      expect(await receipts.finish(await claimed(), 'withheld')).to.equal(true);
      await harness.expireLeases();
      expect(await receipts.claim(TENANT, identity())).to.deep.equal({ kind: 'withheld' });
      expect(await kindOf({ bodyHash: 'b'.repeat(64) })).to.equal('mismatch');
    });

    it('refuses a different body or type under the same id, whether running or finished', async () => {
      const lease = await claimed();
      const others = [{ bodyHash: 'b'.repeat(64) }, { type: 'integration.command.distance' }];
      for (const other of others) expect(await kindOf(other)).to.equal('mismatch');
      await receipts.finish(lease, answer);
      for (const other of others) expect(await kindOf(other)).to.equal('mismatch');
    });

    it('refuses another body and another type also after the lease ran out', async () => {
      await claimed();
      await harness.expireLeases();
      expect(await kindOf({ bodyHash: 'b'.repeat(64) })).to.equal('mismatch');
      expect(await kindOf({ type: 'integration.command.distance' })).to.equal('mismatch');
    });

    it('keeps tenants and ids apart', async () => {
      await receipts.finish(await claimed(), answer);
      expect(await kindOf({}, OTHER_TENANT)).to.equal('claimed');
      expect(await kindOf({ messageId: 'order-18' })).to.equal('claimed');
    });

    it('grants the lease of a process that died to exactly one other', async () => {
      await claimed();
      await harness.expireLeases();
      const claims = await Promise.all([kindOf(), kindOf(), kindOf()]);
      expect(claims.toSorted()).to.deep.equal(['claimed', 'running', 'running']);
    });

    it('counts the holders whose lease expired, until the command is finished or released', async () => {
      const lostBefore = async (): Promise<number> => {
        const claim = await receipts.claim(TENANT, identity());
        if (claim.kind !== 'claimed') throw new Error(`${claim.kind} where a lease was expected`);
        await harness.expireLeases();
        return claim.lost;
      };
      expect([await lostBefore(), await lostBefore(), await lostBefore()]).to.deep.equal([0, 1, 2]);
      await receipts.release(await claimed());
      expect(await lostBefore()).to.equal(0);
    });

    it('extends a lease that is renewed', async () => {
      const lease = await claimed();
      await harness.expireLeases();
      expect(await receipts.renew(lease)).to.equal(true);
      expect(await kindOf()).to.equal('running');
    });

    it('refuses everything from a holder that has lost the lease', async () => {
      const lost = await claimed();
      await harness.expireLeases();
      const held = await claimed();
      expect(await receipts.renew(lost)).to.equal(false);
      expect(await receipts.finish(lost, nothing)).to.equal(false);
      await receipts.release(lost);
      expect(await kindOf()).to.equal('running');
      expect(await receipts.finish(held, answer)).to.equal(true);
      expect(await receipts.finish(lost, nothing)).to.equal(false);
      expect(await receipts.claim(TENANT, identity())).to.deep.equal({ kind: 'finished', answer });
    });

    it('forgets a released id, so that the next claim begins anew, also with a different body', async () => {
      await receipts.release(await claimed());
      expect(await kindOf({ bodyHash: 'b'.repeat(64) })).to.equal('claimed');
    });

    it('does not forget what is finished when it is released late', async () => {
      const lease = await claimed();
      await receipts.finish(lease, answer);
      await receipts.release(lease);
      expect(await kindOf()).to.equal('finished');
    });
  });
};
