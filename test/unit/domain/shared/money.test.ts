import { expect } from 'chai';
import fc from 'fast-check';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { formatMicros, moneyFrom, noMoney } from '../../../../src/domain/shared/money.ts';

const LARGEST_MICROS = 999_999_999_999_999;

describe('money', () => {
  const amounts: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['0.005', 5_000],
    ['0.000001', 1],
    ['1', 1_000_000],
    ['1.5', 1_500_000],
    ['12.34', 12_340_000],
    ['999999999.999999', LARGEST_MICROS],
    ['007', 7_000_000],
    ['0.10', 100_000],
  ];
  for (const [text, micros] of amounts)
    it(`reads ${text} as ${micros} micro-units`, () =>
      expect(moneyFrom(text, 'USD')).to.deep.equal(right({ micros, currency: 'USD' })));

  for (const text of [
    '',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '1.',
    '.5',
    '1,5',
    '1e3',
    '0.0000001',
    '1000000000',
    '1.2.3',
    'NaN',
    '٣',
    '1\n',
  ])
    it(`refuses the amount ${JSON.stringify(text)}`, () =>
      expect(isLeft(moneyFrom(text, 'USD'))).to.equal(true));

  it('says what is asked of an amount that is a decimal and too large', () =>
    expect(moneyFrom('1000000000', 'USD'))
      .to.have.nested.property('left.detail')
      .that.includes('nine digits'));

  for (const currency of ['', 'usd', 'US', 'USDT', 'РУБ', 'US1', 'USD\n'])
    it(`refuses the currency ${JSON.stringify(currency)}`, () =>
      expect(isLeft(moneyFrom('1', currency))).to.equal(true));

  it('says what was expected of an amount and of a currency', () => {
    const amount = moneyFrom('1,5', 'USD');
    const currency = moneyFrom('1', 'usd');
    expect(isLeft(amount) && amount.left).to.include({ kind: 'money-malformed' });
    expect(isLeft(amount) && amount.left.detail).to.match(/decimal string/);
    expect(isLeft(currency) && currency.left).to.include({ kind: 'money-malformed' });
    expect(isLeft(currency) && currency.left.detail).to.match(/three-letter/);
  });

  it('is written as it is read, to the last micro-unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LARGEST_MICROS }), (micros) => {
        const text = formatMicros(micros);
        expect(moneyFrom(text, 'EUR')).to.deep.equal(right({ micros, currency: 'EUR' }));
        expect(text).to.match(/^(0|[1-9]\d*)(\.\d{0,5}[1-9])?$/);
      }),
    );
  });

  it('is written without zeros at the end', () => {
    const written = [1, 5_000, 100_000, 1_000_000, 10_500_000, 20_000_000].map(formatMicros);
    expect(written).to.deep.equal(['0.000001', '0.005', '0.1', '1', '10.5', '20']);
  });

  it('adds up without drift', () => {
    const price = moneyFrom('0.005', 'USD');
    const micros = isLeft(price) ? 0 : price.right.micros;
    expect(formatMicros(micros * 1_000)).to.equal('5');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { maxLength: 50 }), (costs) => {
        const forwards = costs.reduce((sum, cost) => sum + cost, 0);
        const backwards = costs.reduceRight((sum, cost) => sum + cost, 0);
        expect(formatMicros(forwards)).to.equal(formatMicros(backwards));
      }),
    );
  });

  it('has a nothing in every currency', () => {
    expect(noMoney('UZS')).to.deep.equal({ micros: 0, currency: 'UZS' });
    expect(formatMicros(0)).to.equal('0');
  });
});
