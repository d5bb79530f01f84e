import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { ProviderCall } from '../../../../src/application/provider-call/stage.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import { withCache } from '../../../../src/application/provider-call/stages/with-cache.ts';
import { withClusterFlight } from '../../../../src/application/provider-call/stages/with-cluster-flight.ts';
import { withSingleFlight } from '../../../../src/application/provider-call/stages/with-single-flight.ts';
import { withFlightsInSight } from '../../../../src/application/provider-call/stages/with-flights-in-sight.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { contextOf, refused } from '../../../support/pipeline-fixture.ts';

type Uncached = Operation<string, { readonly n: number }>;
const operation = { name: 'sheets_write' } as unknown as Uncached;

const untouched = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new Error(`${String(name)} of what a call without a key must leave alone`);
    },
  },
) as never;

const aCall = (onlyIfCached = false): Call<string> => ({
  ctx: contextOf('uk_company_1'),
  plan: { services: [] },
  request: 'x',
  options: { cache: { ...anyCache, onlyIfCached }, deadlineMs: undefined },
  cacheKey: undefined,
  ledger: newLedger('log-1'),
  startedAt: 0,
  deadlineAt: 10_000,
  signal: undefined,
});

describe('a call that has no key in the cache', () => {
  const clock = fixedClock();
  const deps = { cache: untouched, clusterFlights: untouched, clock, timers: untouched, flights: untouched };
  let asked = 0;
  const next: ProviderCall<string, { readonly n: number }> = async () => {
    asked += 1;
    return right({
      value: { n: asked },
      service: { id: 'service-1', serviceName: 'google_sheets', provider: 'google_sheets' },
      cache: { status: 'miss', reason: 'cold', collapsed: false, stored: false, key: '' },
    });
  };
  const shared = withSingleFlight(deps)(operation, withClusterFlight(deps)(operation, next));
  const all = withFlightsInSight(untouched)(operation, withCache(deps)(operation, shared));
  beforeEach(() => void (asked = 0));

  it('is neither looked up nor stored nor shared, and no miss either', async () => {
    const [first, second] = [aCall(), aCall()];
    const results = await Promise.all([all(first), all(second)]);
    expect(asked).to.equal(2);
    expect(results.map((result) => 'right' in result && result.right.cache)).to.deep.equal([
      { status: 'bypass', key: undefined },
      { status: 'bypass', key: undefined },
    ]);
    expect([first.ledger.missReason, second.ledger.missReason]).to.deep.equal([undefined, undefined]);
  });

  it('is not made for a caller that accepts only cached answers', async () => {
    expect(await refused(all(aCall(true)))).to.deep.equal({ kind: 'not-cached' });
    expect(asked).to.equal(0);
  });
});
