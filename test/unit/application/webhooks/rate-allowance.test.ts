import { expect } from 'chai';
import { rateAllowance, type RateDeps } from '../../../../src/application/webhooks/rate-allowance.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aWindow } from '../../../support/a-call-report.ts';
import { aWebhook } from '../../../support/a-webhook.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

type Given = { readonly left?: number; readonly isBehind?: boolean; readonly room?: number };

describe('the rate of deliveries', () => {
  const noticed: string[] = [];
  /** The verdicts on this many deliveries in a row, and how many permits they took. */
  const told = async (overflow: 'reject' | 'spool', count: number, given: Given) => {
    let { left: permits = 0, room = 9 } = given;
    let taken = 0;
    noticed.length = 0;
    const deps: RateDeps = {
      limits: { minute: 200 },
      limiter: {
        take: async () => {
          if (permits === 0)
            return left({ kind: 'quota-refused', by: aWindow(), retryAfterMs: 1_500, windows: [] });
          permits -= 1;
          taken += 1;
          return right({ windows: [] });
        },
      },
      spool: {
        isBehind: async () => given.isBehind === true,
        hasRoom: async () => {
          room -= 1;
          return room >= 0;
        },
      },
      notices: { exceeded: ({ id }, { limit }) => void noticed.push(`${id} ${limit}`) },
      telemetry: { limited: () => undefined },
      sleep: () => new Promise(() => undefined),
    };
    const answers = [];
    for (let n = 0; n < count; n += 1) {
      const allowance = await rateAllowance(deps, { ...aWebhook(), overflow }, 10);
      answers.push(
        'refusal' in allowance ? allowance.refusal.kind : allowance.isOverLimit ? 'waits' : 'goes',
      );
    }
    return { answers, taken };
  };

  it('releases what it allows, and has the rest wait or retry', async () => {
    expect((await told('spool', 3, { left: 2 })).answers).to.deep.equal(['goes', 'goes', 'waits']);
    expect((await told('reject', 3, { left: 2 })).answers).to.deep.equal(['goes', 'goes', 'over-limit']);
    expect((await told('spool', 2, { room: 1 })).answers).to.deep.equal(['waits', 'spool-full']);
  });

  it('gives notice of what it does not allow, with the window that is used up', async () => {
    await told('spool', 3, { left: 2 });
    expect(noticed).to.deep.equal([`${aWebhook().id} 60`]);
    await told('reject', 2, { left: 1 });
    expect(noticed).to.deep.equal([`${aWebhook().id} 60`]);
    await told('reject', 2, { left: 2 });
    expect(noticed).to.deep.equal([]);
  });

  it('lets nobody pass those who have waited, and leaves the permits to them', async () => {
    expect(await told('spool', 3, { left: 2, isBehind: true })).to.deep.equal({
      answers: ['waits', 'waits', 'waits'],
      taken: 0,
    });
  });

  it('has one come again whose spool nobody counts within a second', async () => {
    const clock = fixedClock();
    const silent = () => new Promise<boolean>(() => undefined);
    const counted = { isBehind: async () => false, hasRoom: async () => true };
    for (const spool of [
      { ...counted, isBehind: silent },
      { ...counted, hasRoom: silent },
    ]) {
      const asking = rateAllowance(
        {
          limits: { minute: 200 },
          limiter: {
            take: async () =>
              left({ kind: 'quota-refused', by: aWindow(), retryAfterMs: 1_500, windows: [] }),
          },
          spool,
          notices: { exceeded: () => undefined },
          telemetry: { limited: () => undefined },
          sleep: clock.sleep,
        },
        { ...aWebhook(), overflow: 'spool' },
        10,
      );
      await clock.run(1_000);
      expect(await asking).to.deep.equal({ refusal: { kind: 'storage-unavailable' } });
    }
  });

  it('counts what waits for a paused webhook together with what that holds', async () => {
    const asked: (string | undefined)[] = [];
    const deps: RateDeps = {
      limits: { minute: 200 },
      limiter: {
        take: async () => left({ kind: 'quota-refused', by: aWindow(), retryAfterMs: 1_500, windows: [] }),
      },
      spool: {
        isBehind: async () => true,
        hasRoom: async (_tenant, _bytes, paused) => {
          asked.push(paused);
          return false;
        },
      },
      notices: { exceeded: () => undefined },
      telemetry: { limited: () => undefined },
      sleep: () => new Promise(() => undefined),
    };
    for (const status of ['paused', 'active'] as const)
      await rateAllowance(deps, { ...aWebhook(), overflow: 'spool', status }, 10);
    expect(asked).to.deep.equal([aWebhook().id, aWebhook().id, undefined, undefined]);
  });

  it('lets a delivery that cannot wait behind them go if the rate permits', async () => {
    expect((await told('spool', 1, { left: 1, isBehind: true, room: 0 })).answers).to.deep.equal(['goes']);
    expect((await told('reject', 1, { left: 1, isBehind: true })).answers).to.deep.equal(['goes']);
  });
});
