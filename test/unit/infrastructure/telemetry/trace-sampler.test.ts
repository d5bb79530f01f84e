import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import type { SamplerName } from '../../../../src/infrastructure/config/tracing-config.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { samplerOf } from '../../../../src/infrastructure/telemetry/trace-sampler.ts';

const LOW = '0'.repeat(31) + '1';
const HIGH = 'f'.repeat(32);

const keeps = (name: SamplerName, ratio: number, traceId: string, parentSampled?: boolean): boolean => {
  const parent = {
    traceId,
    spanId: '1'.repeat(16),
    traceFlags: parentSampled === true ? 1 : 0,
    isRemote: true,
  };
  const context = parentSampled === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const { decision } = samplerOf(name, ratio).shouldSample(context, traceId, 'a', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
};

describe('the sampler of traces', () => {
  it('keeps all traces, none, or a share that depends on the trace id alone', () => {
    expect(keeps('always_on', 0, HIGH)).to.equal(true);
    expect(keeps('always_off', 1, LOW)).to.equal(false);
    const random = seededRandom(14);
    const ids = Array.from({ length: 1_000 }, () =>
      Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(''),
    );
    const kept = ids.filter((id) => keeps('traceidratio', 0.5, id));
    expect(kept.length).to.be.within(400, 600);
    expect(kept.every((id) => keeps('traceidratio', 0.5, id))).to.equal(true);
    expect([LOW, HIGH].map((id) => keeps('traceidratio', 0, id))).to.deep.equal([false, false]);
  });

  it('follows the caller only where its name says so', () => {
    expect([true, false].map((is) => keeps('parentbased_always_on', 1, HIGH, is))).to.deep.equal([
      true,
      false,
    ]);
    expect([true, false].map((is) => keeps('parentbased_always_off', 1, HIGH, is))).to.deep.equal([
      true,
      false,
    ]);
    expect(keeps('parentbased_traceidratio', 1, LOW)).to.equal(true);
    expect(keeps('parentbased_traceidratio', 1, LOW, false)).to.equal(false);
    expect(keeps('always_on', 1, HIGH, false)).to.equal(true);
  });
});
