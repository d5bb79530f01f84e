import { expect } from 'chai';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import type { Wish } from '../../../../src/application/provider-call/leave.ts';
import { accountSubjects } from '../../../../src/application/provider-call/quota/account-subjects.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import type { CallKind } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { lineAccount, lineRig, mostInAMinute, sheetsOf } from '../../../support/line-rig.ts';

const free = async () => right(undefined);

const rig = (...change: Parameters<typeof lineRig>) => {
  const line = lineRig(...change);
  const quota = line.newQuota();
  const { aCall } = line;
  const take = (
    service: ExternalService,
    call = aCall(),
    wish: Partial<Wish> & { readonly kind?: CallKind } = {},
  ) => quota.take(call, service, { kind: 'writes', charge: free, ...wish });
  const spend = async (service: ExternalService, times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) expect(isLeft(await take(service))).to.equal(false);
  };
  /** The outcome so far. */
  const watch = <A>(work: Promise<A>) => {
    const seen: { outcome: A | undefined } = { outcome: undefined };
    void work.then((outcome) => (seen.outcome = outcome));
    return seen;
  };
  return { ...line, quota, take, spend, watch };
};
const refusalOf = (outcome: Either<ProviderError, void> | undefined) => {
  if (outcome === undefined || !isLeft(outcome) || outcome.left.kind !== 'quota-exceeded')
    throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome.left;
};

describe('the quota of an account', () => {
  it('is one for all tenants that use it: 60 calls a minute, reads and writes apart', async () => {
    const { take, aCall, spend, exceeded } = rig();
    await spend(sheetsOf('one'), 30);
    await spend(sheetsOf('two'), 30);
    const call = aCall();
    const refused = refusalOf(await take(sheetsOf('three'), call));
    expect(refused).to.deep.include({ scope: 'service', retryAfterMs: 60_000 });
    expect(refused.message).to.equal('the account of google_sheets has used up its 60 writes of this minute');
    expect(call.ledger.refusals).to.have.length(1);
    expect(exceeded).to.deep.equal(['google_sheets']);
    expect(isLeft(await take(sheetsOf('three'), aCall(), { kind: 'reads' }))).to.equal(false);
  });

  it('is waited for by a call that has the time, and a moment longer for what Google counts late', async () => {
    const { clock, aCall, take, spend, watch } = rig();
    await spend(sheetsOf('one'), 60);
    const waiting = watch(take(sheetsOf('one'), aCall(61_000)));
    await clock.run(60_499);
    expect(waiting.outcome).to.equal(undefined);
    await clock.run(1);
    expect(waiting.outcome).to.deep.equal(right(undefined));
  });

  it('is waited for no longer when the clock of this machine was set back by an hour meanwhile', async () => {
    const { clock, aCall, take, spend, watch } = rig();
    await spend(sheetsOf('one'), 60);
    clock.advance(10_000);
    clock.set(clock.now() - 3_600_000);
    const waiting = watch(take(sheetsOf('one'), aCall(55_000)));
    await clock.run(50_499);
    expect(waiting.outcome).to.equal(undefined);
    await clock.run(1);
    expect(waiting.outcome).to.deep.equal(right(undefined));
  });

  it('is waited for a minute and no more where others used it up by a clock that is far ahead of ours', async () => {
    const aheadBy = 900_000;
    const { clock, aCall, take, newQuota } = rig((limiter) => ({
      ...limiter,
      peek: async (subjects) =>
        (await limiter.peek(subjects)).map((one) => ({ ...one, resetsAt: one.resetsAt + aheadBy })),
    }));
    const elsewhere = newQuota();
    for (let n = 0; n < 60; n += 1)
      await elsewhere.take(aCall(), sheetsOf('two'), { kind: 'writes', charge: free });
    const hasty = refusalOf(await take(sheetsOf('one'), aCall(5_000)));
    expect(hasty.retryAfterMs).to.be.at.most(60_000);
    const patient = take(sheetsOf('one'), aCall(62_000));
    await clock.run(61_000);
    expect(await patient).to.deep.equal(right(undefined));
  });

  it('is known to be hopeless before anything is taken, for a call that has not', async () => {
    const { quota, aCall, spend } = rig();
    const service = sheetsOf('one');
    expect(quota.hopeless(aCall(), service, 'writes')).to.equal(undefined);
    await spend(service, 60);
    expect(quota.hopeless(aCall(), service, 'writes')).to.deep.include({ kind: 'quota-exceeded' });
    expect(quota.hopeless(aCall(70_000), service, 'writes')).to.equal(undefined);
    expect(quota.hopeless(aCall(70_000), service, 'writes', 90_000)).to.deep.include({
      retryAfterMs: 90_000,
    });
  });

  it('is what the service says it is, for an account that has another', async () => {
    const { take, spend } = rig();
    const service = sheetsOf('one', { account_writes_per_minute: 2 });
    await spend(service, 2);
    expect(isLeft(await take(service))).to.equal(true);
    const never = refusalOf(await take(sheetsOf('two', { account_writes_per_minute: 0 })));
    expect(never.retryAfterMs).to.equal(60_000);
  });

  it('is waited for by nobody else when one tenant says that there is less of it', async () => {
    const { clock, aCall, take, spend, watch } = rig();
    await spend(sheetsOf('one'), 2);
    const modest = watch(take(sheetsOf('two', { account_writes_per_minute: 1 }), aCall(70_000)));
    await clock.run(10);
    await spend(sheetsOf('one'), 2);
    expect(modest.outcome).to.equal(undefined);
    await clock.run(60_600);
    expect(modest.outcome).to.deep.equal(right(undefined));
  });

  it('belongs to no tenant, and shows neither address nor project', () => {
    const subjects = accountSubjects(sheetsOf('one'), lineAccount, 'reads');
    expect(subjects.map(({ limits }) => limits.minute)).to.deep.equal([60, 300]);
    for (const { tenantId, subjectId, serviceName } of subjects)
      expect(`${tenantId} ${subjectId} ${serviceName}`).to.match(
        /^~google-\S+ (account|project):\w+:reads \S+$/,
      );
    expect(accountSubjects(sheetsOf('one'), undefined, 'reads')).to.deep.equal([]);
  });

  it("belongs to the project in the account's address, whatever project its key file claims", () => {
    const projectOf = (clientEmail: string, projectId: string): string =>
      accountSubjects(sheetsOf('one'), { clientEmail, projectId }, 'reads').find(({ subjectId }) =>
        subjectId.startsWith('project:'),
      )?.subjectId ?? '';
    const own = projectOf('gateway@p-1.iam.gserviceaccount.com', 'p-1');
    expect(projectOf('other@p-1.iam.gserviceaccount.com', 'p-2')).to.equal(own);
    expect(projectOf('p-1@appspot.gserviceaccount.com', 'p-2')).to.equal(own);
    for (const email of [
      'stranger@p-9.iam.gserviceaccount.com',
      'p-9@appspot.gserviceaccount.com',
      '123-compute@developer.gserviceaccount.com',
      'p-1@p-9.example.com',
    ])
      expect(projectOf(email, 'p-1'), email).to.not.equal(own);
    const old = '123-compute@developer.gserviceaccount.com';
    expect(projectOf(old, 'p-1')).to.equal(projectOf(old, 'p-1'));
  });

  it('is neither used nor blocked by a caller that claims the account at an address of its own', async () => {
    const { take, quota, spend } = rig();
    const elsewhere = { ...sheetsOf('two'), baseUrl: 'https://sheets.example.test/v4' };
    await spend(elsewhere, 60);
    quota.refused(elsewhere, 'writes', 60_000);
    quota.refused(sheetsOf('three', { token_url: 'https://tokens.example.test/' }), 'writes', 60_000);
    await spend(sheetsOf('one'), 59);
    const atGoogle = {
      ...sheetsOf('four', { token_url: 'https://oauth2.googleapis.com/token' }),
      baseUrl: 'https://sheets.googleapis.com',
    };
    await spend(atGoogle, 1);
    expect(isLeft(await take(sheetsOf('one')))).to.equal(true);
  });

  it('is shared by tenants who ask through the same gateway', async () => {
    const { take, spend } = rig();
    const through = (tenant: string) => ({ ...sheetsOf(tenant), baseUrl: 'https://gateway.example.test/a' });
    await spend(through('one'), 60);
    expect(isLeft(await take(through('two')))).to.equal(true);
  });

  it('is nothing to a service without an account but what it is charged', async () => {
    const { take, quota, aCall } = rig();
    const maps = { ...sheetsOf('one'), provider: 'google_maps' as const };
    const spent: ProviderError = { kind: 'quota-exceeded', scope: 'tenant', retryAfterMs: 1, message: 'm' };
    expect(await take(maps)).to.deep.equal(right(undefined));
    expect(await take(maps, aCall(), { charge: async () => left(spent) })).to.deep.equal(left(spent));
    quota.refused(maps, 'writes', 60_000);
    expect(quota.hopeless(aCall(), maps, 'writes')).to.equal(undefined);
    expect(quota.expect(maps, 'writes').scarcity()).to.equal(0);
  });
});

describe('a call that waits for an account', () => {
  const small = { account_writes_per_minute: 2 };

  it('is called in order, and tenants in turns', async () => {
    const { clock, take, aCall, spend } = rig();
    await spend(sheetsOf('one', small), 2);
    const order: string[] = [];
    const wait = async (tenant: string, n: number): Promise<void> => {
      await take(sheetsOf(tenant, small), aCall(300_000));
      order.push(`${tenant} ${n}`);
    };
    const all = [wait('one', 1), wait('one', 2), wait('one', 3), wait('two', 1), wait('three', 1)];
    await clock.run(200_000);
    await Promise.all(all);
    expect(order).to.deep.equal(['one 1', 'two 1', 'three 1', 'one 2', 'one 3']);
  });

  it('is refused at once when its place in the line comes too late, and told when to come', async () => {
    const { take, aCall, spend, watch, clock } = rig();
    await spend(sheetsOf('one', small), 2);
    const [first, second] = [1, 2].map(() => watch(take(sheetsOf('one', small), aCall(70_000))));
    const third = refusalOf(await take(sheetsOf('one', small), aCall(70_000)));
    expect(third.retryAfterMs).to.equal(120_000);
    const fourth = watch(take(sheetsOf('one', small), aCall(130_000)));
    await clock.run(60_500);
    expect([first?.outcome, second?.outcome]).to.deep.equal([right(undefined), right(undefined)]);
    await clock.run(60_500);
    expect(fourth.outcome).to.deep.equal(right(undefined));
  });

  it('goes at once when its caller goes, and those behind it move up', async () => {
    const { take, aCall, spend, watch, clock, taken } = rig();
    await spend(sheetsOf('one', small), 2);
    const gone = new AbortController();
    const waiting = [1, 2].map(() => watch(take(sheetsOf('one', small), aCall(70_000, gone.signal))));
    const behind = watch(take(sheetsOf('one', small), aCall(130_000)));
    gone.abort();
    await clock.run(0);
    for (const { outcome } of waiting) refusalOf(outcome);
    await clock.run(60_500);
    expect(behind.outcome).to.deep.equal(right(undefined));
    expect(taken).to.have.length(3);
    expect(isLeft(await take(sheetsOf('one', small), aCall(1_000, AbortSignal.abort())))).to.equal(true);
    expect(clock.pending()).to.equal(1);
  });

  it('is one of at most 500 of its tenant, however much time it has', async () => {
    const { take, aCall, clock } = rig();
    const large = { account_writes_per_minute: 1_000 };
    const account = sheetsOf('one', { ...large, project_writes_per_minute: 1_000 });
    const all = Array.from({ length: 600 }, () => take(account, aCall(120_000)));
    await clock.run(0);
    const outcomes = await Promise.all(all);
    expect(outcomes.filter(isLeft)).to.have.length(100);
    expect(isLeft(await take(account, aCall(120_000)))).to.equal(false);
  });

  it('has paid nothing when no place comes, and gets none when it cannot pay', async () => {
    const { clock, take, aCall, spend, watch, taken } = rig();
    const account = sheetsOf('one', small);
    await spend(account, 2);
    let paid = 0;
    const charge = async () => {
      paid += 1;
      return right(undefined);
    };
    refusalOf(await take(account, aCall(1_000), { charge }));
    const waiting = take(account, aCall(70_000), { charge });
    await clock.run(30_000);
    expect(paid).to.equal(0);
    await clock.run(31_000);
    expect([isLeft(await waiting), paid]).to.deep.equal([false, 1]);
    const poor: ProviderError = { kind: 'quota-exceeded', scope: 'tenant', retryAfterMs: 1, message: 'm' };
    expect(await take(account, aCall(70_000), { charge: async () => left(poor) })).to.deep.equal(left(poor));
    expect(taken).to.have.length(3);
    expect(watch(take(account, aCall())).outcome).to.equal(undefined);
  });

  it('waits on before all others when another replica was quicker, and does not pay twice', async () => {
    const { clock, newQuota, aCall, taken } = lineRig();
    const account = sheetsOf('one', small);
    const [here, there] = [newQuota(), newQuota()];
    const charged: string[] = [];
    const order: string[] = [];
    const wait = async (name: string, quota: ReturnType<typeof newQuota>): Promise<void> => {
      let isPaid = false;
      const charge = async () => {
        if (isPaid) return right(undefined);
        charged.push(name);
        isPaid = true;
        await clock.sleep(name === 'slow' ? 10 : 0);
        return right(undefined);
      };
      await quota.take(aCall(200_000), account, { kind: 'writes', charge });
      order.push(name);
    };
    const all = [wait('slow', here), wait('quick', there), wait('second', there)];
    await clock.run(5);
    all.push(wait('late', here));
    await clock.run(130_000);
    await Promise.all(all);
    expect(order).to.deep.equal(['quick', 'second', 'slow', 'late']);
    expect(charged.toSorted()).to.deep.equal(['late', 'quick', 'second', 'slow']);
    expect(taken).to.have.length(4);
  });

  it('waits on also when it was the only one', async () => {
    const { clock, newQuota, aCall } = lineRig();
    const account = sheetsOf('one', { account_writes_per_minute: 1 });
    const slow = async () => {
      await clock.sleep(10);
      return right(undefined);
    };
    const overtaken = newQuota().take(aCall(90_000), account, { kind: 'writes', charge: slow });
    await clock.run(5);
    await newQuota().take(aCall(), account, { kind: 'writes', charge: free });
    await clock.run(61_000);
    expect(await overtaken).to.deep.equal(right(undefined));
  });

  it('is told when the limiter is unavailable, and keeps no reference to its caller', async () => {
    const { take, aCall } = rig((limiter) => ({
      ...limiter,
      peek: () => Promise.reject(new Error('away')),
    }));
    const { signal } = new AbortController();
    const failure = await take(sheetsOf('one'), aCall(1_000, signal)).catch((error: unknown) => error);
    expect(String(failure)).to.equal('Error: away');
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('never calls more often than the account may, in its order, and loses no place', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(
          fc.record({
            at: fc.nat({ max: 90_000 }),
            tenant: fc.constantFrom('one', 'two', 'three'),
            deadlineMs: fc.integer({ min: 500, max: 240_000 }),
            replica: fc.nat({ max: 1 }),
            goesAfter: fc.option(fc.nat({ max: 100_000 })),
            canPay: fc.boolean(),
          }),
          { minLength: 1, maxLength: 25 },
        ),
        async (limit, callers) => {
          const { clock, newQuota, aCall, taken } = lineRig();
          const replicas = [newQuota(), newQuota()];
          const config = { account_writes_per_minute: limit };
          const served: { readonly lane: string; readonly n: number; readonly goes: boolean }[] = [];
          const poor: ProviderError = { kind: 'breaker-open', retryAfterMs: 1, message: 'poor' };
          const all = callers
            .toSorted((one, two) => one.at - two.at)
            .map(async ({ at, tenant, deadlineMs, replica, goesAfter, canPay }, n) => {
              await clock.sleep(at);
              const gone = new AbortController();
              if (goesAfter !== null) void clock.sleep(goesAfter).then(() => gone.abort());
              const call = aCall(deadlineMs, gone.signal);
              const charge = async () => (canPay ? right(undefined) : left(poor));
              const place = await replicas[replica]?.take(call, sheetsOf(tenant, config), {
                kind: 'writes',
                charge,
              });
              if (place === undefined || isLeft(place)) return;
              expect(clock.monotonic()).to.be.at.most(call.deadlineAt);
              served.push({ lane: `${tenant} ${replica}`, n, goes: canPay });
            });
          await clock.run(400_000);
          await Promise.all(all);
          expect(mostInAMinute(taken)).to.be.at.most(limit);
          expect(taken).to.have.length(served.length);
          expect(served.every(({ goes }) => goes)).to.equal(true);
          for (const lane of new Set(served.map((one) => one.lane))) {
            const numbers = served.filter((one) => one.lane === lane).map(({ n }) => n);
            expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b));
          }
        },
      ),
      { numRuns: 40 },
    ));
});

describe('a refusal of the provider for its quota', () => {
  it('holds the line of its account as long as it says, for all who use it, and no other line', async () => {
    const { clock, quota, take, aCall, watch } = rig();
    const waiting = watch(take(sheetsOf('two'), aCall(40_000)));
    quota.refused(sheetsOf('one'), 'writes', 30_000);
    await clock.run(0);
    expect(refusalOf(await take(sheetsOf('two'), aCall(10_000))).retryAfterMs).to.be.within(29_000, 30_000);
    expect(isLeft(await take(sheetsOf('two'), aCall(), { kind: 'reads' }))).to.equal(false);
    const later = watch(take(sheetsOf('two'), aCall(40_000)));
    await clock.run(30_499);
    expect(later.outcome).to.equal(undefined);
    await clock.run(1);
    expect(later.outcome).to.deep.equal(right(undefined));
    expect(waiting.outcome).to.deep.equal(right(undefined));
  });

  it('is reported at once to those who wait and cannot wait that long', async () => {
    const { clock, quota, take, aCall, spend, watch } = rig();
    const account = sheetsOf('one', { account_writes_per_minute: 1 });
    await spend(account, 1);
    await clock.run(50_000);
    const [hasty, patient] = [watch(take(account, aCall(12_000))), watch(take(account, aCall(110_000)))];
    await clock.run(1_000);
    quota.refused(account, 'writes', 20_000);
    await clock.run(0);
    expect(refusalOf(hasty.outcome).retryAfterMs).to.equal(20_000);
    expect(patient.outcome).to.equal(undefined);
    await clock.run(20_500);
    expect(patient.outcome).to.deep.equal(right(undefined));
  });

  it('holds it a second at least and a minute at most', async () => {
    const { quota, aCall } = rig();
    quota.refused(sheetsOf('one'), 'writes', 0);
    expect(quota.hopeless(aCall(1_000), sheetsOf('one'), 'writes')).to.deep.include({ retryAfterMs: 1_000 });
    quota.refused(sheetsOf('one'), 'writes', 86_400_000);
    expect(quota.hopeless(aCall(1_000), sheetsOf('one'), 'writes')).to.deep.include({ retryAfterMs: 60_000 });
  });
});

describe('calls in the making', () => {
  it('are scarce as far as they could use up what is left', async () => {
    const { quota, spend, clock } = rig();
    const account = sheetsOf('one', { account_writes_per_minute: 10 });
    const [first] = [quota.expect(account, 'writes')];
    expect(first.scarcity()).to.equal(0);
    const others = Array.from({ length: 4 }, () => quota.expect(account, 'writes'));
    expect(first.scarcity()).to.equal(0.4);
    await spend(account, 6);
    expect(first.scarcity()).to.equal(1);
    for (const other of others) other.over();
    expect(first.scarcity()).to.equal(0);
    others.push(quota.expect(account, 'writes'));
    expect(first.scarcity()).to.equal(0.25);
    await clock.run(60_000);
    expect(first.scarcity()).to.equal(0.1);
    quota.refused(account, 'writes', 30_000);
    expect(first.scarcity()).to.equal(0);
  });
});
