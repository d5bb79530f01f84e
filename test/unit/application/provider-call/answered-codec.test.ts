import { expect } from 'chai';
import { answeredCodec } from '../../../../src/application/provider-call/answered-codec.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { aReport, anAttempt } from '../../../support/a-call-report.ts';

type Value = { readonly range: string };

const codec = answeredCodec<Value>(
  ({ range }) => ({ range }),
  (stored) =>
    typeof stored === 'object' && stored !== null && 'range' in stored
      ? right({ range: String(stored.range) })
      : left('no range'),
);
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('an answer kept for a repeat', () => {
  it('comes back with what it cost, who was asked and its row of the trail, but no windows and times', () => {
    const cost = { micros: 5_000, currency: 'USD' };
    const attempts = [anAttempt({ outcome: 'quota-exceeded', message: 'm' }), anAttempt({ cost })];
    const report = aReport({ attempts });
    const value = { range: 'A1' };
    expect(codec.decode(throughJson(codec.encode({ value, report })))).to.deep.equal(
      right({
        value,
        report: {
          ...report,
          cache: { status: 'bypass', key: undefined },
          windows: [],
          timings: { cache: 0, quota: 0, provider: 0, journal: 0, total: 0 },
        },
      }),
    );
  });

  it('may have been given by nobody of the plan', () => {
    const report = aReport({ provider: undefined, serviceId: undefined, serviceName: undefined });
    const back = codec.decode(throughJson(codec.encode({ value: { range: 'A1' }, report })));
    expect(!isLeft(back) && back.right.report).to.include({ provider: undefined, serviceId: undefined });
  });

  it('is refused when its value or its report is not what was kept', () => {
    const kept = codec.encode({ value: { range: 'A1' }, report: aReport() }) as object;
    for (const spoilt of [null, {}, { ...kept, value: {} }, { ...kept, report: { logId: 7 } }])
      expect(isLeft(codec.decode(spoilt))).to.equal(true);
  });
});
