import { expect } from 'chai';
import { geocodeOperation } from '../../../../src/application/provider-call/operations/geocode-operation.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import {
  withAttemptSpan,
  withTracing,
} from '../../../../src/application/provider-call/stages/with-tracing.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aReport } from '../../../support/a-call-report.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aService, contextOf } from '../../../support/pipeline-fixture.ts';
import { recordingTracing } from '../../../support/recording-tracing.ts';

const lives = { l1Ms: 1, l2Ms: 1, negativeMs: 1, graceMs: 0 };
const operation = geocodeOperation({}, lives);
const asked = {
  ctx: { ...contextOf('uk_company_1'), traceparent: '00-caller' },
  request: { address: 'a secret address', limit: 1 } as never,
  options: { cache: anyCache, deadlineMs: undefined },
};
const plan = { services: [aService()] };
const timings = { cache: 2, quota: 0, provider: 0, journal: 3, total: 10 };
const report = aReport({ timings });

describe('tracing of a call', () => {
  it('tells of the call below its caller, and of its parts by the times it took itself', async () => {
    const [tracing, clock] = [recordingTracing(), fixedClock()];
    const seen: (string | undefined)[] = [];
    const traced = withTracing({ tracing, clock })(operation, async ({ ctx }) => {
      seen.push(ctx.traceparent);
      return right({ value: { matches: [], attribution: '' }, report });
    });
    await traced(asked, plan);
    const [call, ...parts] = tracing.spans;
    expect(call).to.include({ name: 'integration geocode', parent: '00-caller', hasEnded: true });
    expect(call?.failure).to.equal(undefined);
    expect(call?.attributes).to.include({ 'integration.log_id': report.logId });
    expect(seen).to.deep.equal([call?.traceparent]);
    const now = clock.now();
    expect(parts.map(({ name, parent, times }) => [name, parent, times])).to.deep.equal([
      ['cache lookup', call?.traceparent, [now, now + 2]],
      ['journal commit', call?.traceparent, [now + 7, now + 10]],
    ]);
    expect(JSON.stringify(tracing.spans)).to.not.include('secret');
  });

  it('tells of no look into a cache that was not looked into', async () => {
    const tracing = recordingTracing();
    const bypassed = aReport({ timings, cache: { status: 'bypass', key: undefined } });
    const traced = withTracing({ tracing, clock: fixedClock() })(operation, async () =>
      right({ value: { matches: [], attribution: '' }, report: bypassed }),
    );
    await traced(asked, plan);
    expect(tracing.spans.map(({ name }) => name)).to.deep.equal(['integration geocode', 'journal commit']);
  });

  it('says of the cache what the answer says', async () => {
    const tracing = recordingTracing();
    const passedBy = {
      status: 'miss',
      reason: 'bypassed',
      collapsed: false,
      stored: true,
      key: 'k',
    } as const;
    const traced = withTracing({ tracing, clock: fixedClock() })(operation, async () =>
      right({ value: { matches: [], attribution: '' }, report: aReport({ timings, cache: passedBy }) }),
    );
    await traced(asked, plan);
    expect(tracing.spans[0]?.attributes).to.include({ 'integration.cache': 'bypass' });
    expect(tracing.spans.map(({ name }) => name)).to.include('cache lookup');
  });

  it('shows failures by their kind, and a lost trail as an exception that goes on', async () => {
    const tracing = recordingTracing();
    const deps = { tracing, clock: fixedClock() };
    await withTracing(deps)(operation, async () =>
      left({ kind: 'failed-call', error: { kind: 'not-cached' }, report }),
    )(asked, plan);
    const lost = await withTracing(deps)(operation, () => Promise.reject(new Error('no trail')))(
      asked,
      plan,
    ).catch((error: Error) => error.message);
    expect(lost).to.equal('no trail');
    const calls = tracing.spans.filter(({ name }) => name === 'integration geocode');
    expect(calls.map(({ failure, hasEnded }) => [failure, hasEnded])).to.deep.equal([
      ['not-cached', true],
      ['exception', true],
    ]);
  });

  it('gives each provider a separate traceparent', async () => {
    const tracing = recordingTracing();
    const seen: (string | undefined)[] = [];
    const attempt = withAttemptSpan(tracing)(operation, async ({ ctx }) => {
      seen.push(ctx.traceparent);
      return left({ kind: 'provider-timeout', timeoutMs: 1 } as never);
    });
    await attempt({ ctx: asked.ctx } as never, aService());
    const [span] = tracing.spans;
    expect(span).to.include({
      name: 'google_maps geocode',
      parent: '00-caller',
      failure: 'provider-timeout',
      hasEnded: true,
    });
    expect(seen).to.deep.equal([span?.traceparent]);
  });
});
