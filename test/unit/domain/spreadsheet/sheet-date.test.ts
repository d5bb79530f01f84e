import { expect } from 'chai';
import fc from 'fast-check';
import { isoOf, serialOf } from '../../../../src/domain/spreadsheet/sheet-date.ts';

describe('serialOf and isoOf', () => {
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
    it(`takes ${iso} for ${serial} and back`, () => {
      expect(serialOf(iso)).to.equal(serial);
      expect(isoOf(serial)).to.equal(iso);
    });
  }

  it('brings every moment back as it was, to the millisecond', () => {
    const moments = fc.date({
      min: new Date('1583-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const iso = moment.toISOString().slice(0, 23);
        const back = isoOf(serialOf(iso) ?? Number.NaN);
        expect(new Date(`${back?.length === 10 ? `${back}T00:00` : back}Z`).getTime()).to.equal(
          moment.getTime(),
        );
      }),
    );
  });

  it('counts one for every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 2_900_000 }), (day) => {
        expect(serialOf(isoOf(day) ?? '')).to.equal(day);
      }),
    );
  });

  it('leaves out seconds that were not said', () => {
    expect(serialOf('2020-01-01T06:00')).to.equal(43_831.25);
    expect(isoOf(43_831.25)).to.equal('2020-01-01T06:00:00');
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
    it(`takes ${JSON.stringify(text)} for no date`, () => expect(serialOf(text)).to.equal(undefined));
  }

  it('knows no date off the calendar', () => {
    for (const serial of [Number.NaN, Infinity, -Infinity, 3_000_000, -200_000])
      expect(isoOf(serial), `${serial}`).to.equal(undefined);
  });
});
