import { expect } from 'chai';
import fc from 'fast-check';
import { serialOf } from '../../../../src/domain/spreadsheet/sheet-date.ts';

const DAY_MS = 86_400_000;
const ZERO = Date.UTC(1899, 11, 30);

describe('serialOf', () => {
  const known: readonly (readonly [string, number])[] = [
    ['1899-12-30', 0],
    ['1900-03-01', 61],
    ['1999-01-02', 36_162],
    ['2020-01-01', 43_831],
    ['2024-02-29', 45_351],
    ['1899-12-29', -1],
    ['2020-01-01T06:00:00', 43_831.25],
  ];
  for (const [iso, serial] of known) {
    it(`converts ${iso} to ${serial}`, () => expect(serialOf(iso)).to.equal(serial));
  }

  it('counts the days since 1899-12-30, with the time of day as a part of one, to the millisecond', () => {
    const moments = fc.date({
      min: new Date('1583-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const days = serialOf(moment.toISOString().slice(0, 23)) ?? Number.NaN;
        expect(Math.round(days * DAY_MS)).to.equal(moment.getTime() - ZERO);
      }),
    );
  });

  it('counts one for every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 2_900_000 }), (day) => {
        expect(serialOf(new Date(ZERO + day * DAY_MS).toISOString().slice(0, 10))).to.equal(day);
      }),
    );
  });

  it('leaves out seconds that were not said', () => {
    expect(serialOf('2020-01-01T06:00')).to.equal(43_831.25);
  });

  const refused = [
    '',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026-1-31',
    '26-01-31',
    '31.01.2026',
    '2026-01-31 09:00',
    '2026-01-31T09',
    '2026-01-31T24:00',
    '2026-01-31T25:00',
    '2026-01-31T09:60',
    '2026-01-31T09:00Z',
    '2026-01-31T09:00+05:00',
    '2026-01-31Z',
    '1582-12-31',
    '2026-01-31\n',
  ];
  for (const text of refused) {
    it(`does not accept ${JSON.stringify(text)} as a date`, () => expect(serialOf(text)).to.equal(undefined));
  }
});
