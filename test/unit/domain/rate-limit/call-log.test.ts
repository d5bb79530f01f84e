import { expect } from 'chai';
import fc from 'fast-check';
import {
  append,
  dropUntil,
  makeCallLog,
  mergeIntoNewest,
  takeOut,
  timeAt,
  unitsAt,
} from '../../../../src/domain/rate-limit/call-log.ts';

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), gap: fc.nat(5), units: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('merge' as const), gap: fc.nat(5), units: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('take' as const), gap: fc.nat(40), units: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('drop' as const), gap: fc.nat(40), units: fc.constant(0) }),
);

describe('CallLog', () => {
  it('behaves as a plain list of pairs whose oldest holds something, however it grows, wraps and empties', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const log = makeCallLog();
        let list: [number, number][] = [];
        let time = 0;
        for (const { do: what, gap, units } of steps) {
          const newest = list.at(-1);
          if (what === 'drop') {
            dropUntil(log, time - gap);
            list = list.filter(([at]) => at > time - gap);
          } else if (what === 'take') {
            const index = gap % list.length;
            const held = list[index];
            if (held === undefined) continue;
            const out = Math.min(units, held[1]);
            takeOut(log, index, out);
            held[1] -= out;
          } else if (what === 'merge' && newest !== undefined) {
            time += gap;
            mergeIntoNewest(log, time, units);
            list[list.length - 1] = [time, newest[1] + units];
          } else {
            time += gap;
            append(log, time, units);
            list.push([time, units]);
          }
          const oldest = list.findIndex(([, left]) => left > 0);
          list = list.slice(oldest < 0 ? list.length : oldest);
          const pairs = Array.from({ length: log.length }, (_, i) => [timeAt(log, i), unitsAt(log, i)]);
          expect(pairs).to.deep.equal(list);
          expect(log.total).to.equal(list.reduce((sum, pair) => sum + pair[1], 0));
        }
      }),
    );
  });

  it('gives memory back once it is empty', () => {
    const log = makeCallLog();
    const small = log.times.length;
    for (let time = 0; time < 1_000; time += 1) append(log, time, 1);
    expect(log.times.length).to.equal(1_024);
    dropUntil(log, 998);
    expect([log.length, log.total]).to.deep.equal([1, 1]);
    dropUntil(log, 999);
    expect(log.times.length).to.equal(small);
  });
});
