import { expect } from 'chai';
import fc from 'fast-check';
import type { CacheDirective } from '../../../../src/application/provider-call/call-options.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import { isLeft, left } from '../../../../src/domain/shared/fp.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { timersOf } from '../../../support/fixed-timers.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import { memoryFlights } from '../../../support/memory-flights.ts';
import {
  aCaller,
  aService,
  aTenant,
  HOUSE,
  pipelineFixture,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, down, found, nothing, timedOut, type Answer } from '../../../support/scripted-geocoder.ts';

const ADDRESSES = [HOUSE, 'Москва, ул. Тверская, 14'];
const DIRECTIVES: readonly Partial<CacheDirective>[] = [
  {},
  {},
  { noCache: true },
  { noStore: true },
  { onlyIfCached: true },
  { noCache: true, onlyIfCached: true },
  { onlyIfCached: true, maxStaleSeconds: Number.POSITIVE_INFINITY },
  { maxAgeSeconds: 0 },
  { maxAgeSeconds: 3 },
  { maxStaleSeconds: 10_000 },
  { minFreshSeconds: 200 },
];
const PURGES = [
  { scope: {}, of: ['google', 'yandex'] },
  { scope: { serviceName: 'google_maps' }, of: ['google'] },
  { scope: { serviceName: 'yandex_maps' }, of: ['yandex'] },
];
const overQuota: Answer = left({
  kind: 'quota-exceeded',
  scope: 'provider',
  retryAfterMs: 300,
  message: 'used up',
});
/** An exception thrown by an adapter, outside the closed set of errors. */
const BUG = new Error('a bug');
const unlessBug = (error: unknown): undefined => {
  if (error !== BUG) throw error;
};
/** Time for an abandoned flight to hand over what it did, and for timers that do not fire at once. */
const HANDING_OVER_MS = 130;

type Pick = <T>(from: readonly T[]) => T;
type Purged = { readonly at: number; readonly replica: number; readonly of: readonly string[] };

/** The provider that answered, and when it was asked: each match contains both. */
const originOf = (text: string): { readonly who: string; readonly askedAt: number } => {
  const [who = '', askedAt = ''] = text.split(' ');
  return { who, askedAt: Number(askedAt) };
};

/** Replicas over one second tier, and providers whose answers differ each time. */
const world = (pick: Pick) => {
  const clock = fixedClock();
  const tier = fakeCacheTier();
  const timers = timersOf(clock);
  let asked = 0;
  // Time passes while replicas coordinate, or they would do so for ever.
  let passed = 0;
  const flights = memoryFlights(1_500, { now: () => clock.monotonic() + (passed += 1e-7), timers });
  const replicas = pick([1, 2, 2]) === 1 ? [undefined] : [flights.join(), flights.join()];
  const says =
    (who: string) =>
    async (_: unknown, { signal, timeoutMs }: ProviderAccess): Promise<Answer> => {
      asked += 1;
      const formattedAddress = `${who} ${clock.monotonic()} ${asked}`;
      const city = { precision: 'city', partialMatch: true } as const;
      const coordinates = { latitude: pick([50, 55]), longitude: 37 };
      const answers = [
        found({ formattedAddress }),
        found({ formattedAddress, ...city, confidence: pick([0.1, 0.2, 0.3]), coordinates }),
        found({ formattedAddress, ...city, confidence: 0.2, coordinates }),
        nothing,
        down,
        denied,
        overQuota,
        timedOut,
        BUG,
      ];
      const [answer, takesMs] = [pick(answers), pick([0, 0, 5, 50, 400, 1_500, 3_500])];
      await clock.sleep(Math.min(takesMs, timeoutMs), signal);
      if (takesMs >= timeoutMs || signal.aborted) return timedOut;
      if (answer instanceof Error) throw answer;
      return answer;
    };
  const fixtures = replicas.map((clusterFlights) =>
    pipelineFixture({ clock, tier, ...(clusterFlights !== undefined && { clusterFlights }) }),
  );
  for (const fixture of fixtures) {
    fixture.google.says(says('google'));
    fixture.yandex.says(says('yandex'));
  }
  return { clock, tier, fixtures, asked: () => asked };
};
type World = ReturnType<typeof world>;

/** Makes one call, and checks what an answer to it must never be. */
const callIn = async ({ fixtures, clock }: World, pick: Pick, purges: readonly Purged[]): Promise<void> => {
  const replica = pick([...fixtures.keys()]);
  const [google, second] = [aService({ version: pick([1, 1, 2]) }), yandex()];
  const services = pick([[google, second], [google, second], [google], [second], []]);
  const [cache, deadlineMs] = [pick(DIRECTIVES), pick([undefined, undefined, 60, 300, 1_000, 4_000])];
  const caller = aCaller();
  if (pick([true, false, false])) void clock.sleep(pick([0, 5, 300, 2_000])).then(caller.leave);
  const began = clock.monotonic();
  const limit = deadlineMs === undefined ? {} : { deadlineMs };
  const asked = fixtures[replica]!.ask(pick(ADDRESSES), { services, cache, caller, ...limit });
  const result = await asked.catch(unlessBug);
  expect(clock.monotonic() - began).to.be.at.most((deadlineMs ?? 10_000) + HANDING_OVER_MS);
  if (result === undefined) return;
  const { report } = isLeft(result) ? result.left : result.right;
  if (cache.onlyIfCached === true) expect(report.attempts).to.deep.equal([]);
  if (isLeft(result)) return;
  if (report.cache.status === 'hit') {
    expect(cache.noCache).to.not.equal(true);
    expect(report.cache.ageSeconds).to.be.below(cache.maxAgeSeconds ?? Number.POSITIVE_INFINITY);
    if (cache.maxStaleSeconds === undefined) expect(report.cache.ttlSeconds).to.be.at.least(0);
  }
  for (const { formattedAddress } of result.right.value.matches) {
    const { who, askedAt } = originOf(formattedAddress);
    if (who === 'yandex') expect(report.isWithheld).to.equal(true);
    // Another replica learns of a purge within two seconds.
    const known = purges.filter(({ at, replica: by }) => at + (by === replica ? 0 : 2_000) < began);
    for (const { at, of } of known) if (of.includes(who)) expect(askedAt).to.be.above(at);
  }
};

const purgeIn = async ({ fixtures, clock }: World, pick: Pick): Promise<Purged> => {
  const [replica, { scope, of }] = [pick([...fixtures.keys()]), pick(PURGES)];
  await fixtures[replica]!.cache.invalidate(aTenant(), scope);
  const at = clock.monotonic();
  await clock.run(1);
  return { at, replica, of };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Every call is in the trail. Each cost and request is there once, and no answer of Yandex is on any disk. */
const expectAllTold = ({ fixtures, tier, asked }: World, calls: number): void => {
  const records = fixtures.flatMap(({ journal }) => journal.calls.map(({ record }) => record));
  const charged = fixtures.flatMap((fixture) => fixture.charged.map((text) => Number(text.split(' ')[1])));
  expect(records).to.have.lengthOf(calls);
  expect(sum(records.map(({ estimatedCost }) => estimatedCost.micros))).to.equal(sum(charged));
  expect(sum(records.flatMap(({ attempts }) => attempts.map(({ calls }) => calls)))).to.equal(asked());
  const saved = [...records.map(({ responseBody }) => responseBody), ...tier.entries.values()];
  expect(JSON.stringify(saved)).to.not.include('"yandex ');
};

const lived = async (pick: Pick): Promise<void> => {
  const all = world(pick);
  const purges: Purged[] = [];
  const calls: Promise<void>[] = [];
  for (let step = 0; step < 60; step += 1) {
    const happens = pick(['call', 'call', 'call', 'call', 'call', 'call', 'call', 'purge', 'time', 'time']);
    if (happens === 'call') {
      const call = callIn(all, pick, purges);
      // Awaited at the end.
      call.catch(() => undefined);
      calls.push(call);
    }
    if (happens === 'purge') purges.push(await purgeIn(all, pick));
    if (happens === 'time') await all.clock.run(pick([0, 1, 5, 60, 500, 3_000, 20_000, 280_000, 3_000_000]));
    if (pick([true, false, false])) await turn();
  }
  await all.clock.run(60_000);
  await Promise.all(calls);
  expectAllTold(all, calls.length);
};

describe('Calls with purges, failures and other calls in between', () => {
  it('are answered nothing from before a purge, too old or forbidden, in time, and told of once', async function () {
    this.timeout(60_000);
    const numbers = fc.noShrink(fc.infiniteStream(fc.nat(0xff_ffff)));
    await fc.assert(
      fc.asyncProperty(numbers, async (stream) => {
        const pick: Pick = <T>(from: readonly T[]): T => from[Number(stream.next().value) % from.length] as T;
        await lived(pick);
      }),
      { numRuns: 50 },
    );
  });
});
