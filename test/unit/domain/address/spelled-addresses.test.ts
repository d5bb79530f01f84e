import { expect } from 'chai';
import fc from 'fast-check';
import { buildingAddress } from '../../../../src/domain/address/building-address.ts';
import { canonicalAddress } from '../../../../src/domain/address/canonical-address.ts';
import { hasHouseNumber } from '../../../../src/domain/provider/house-number.ts';
import { building, spelled } from '../../../support/spelled-addresses.ts';

const RUNS = { numRuns: 500 };
const FLAT = /(?<!\p{L})(?:кв|квартира|оф|этаж|подъезд|xonadon|qavat|хонадон|қават)(?!\p{L})/u;

/** Chosen by fast-check, so that a failure shrinks to the simplest spellings. */
const spellings = fc.tuple(building, fc.gen()).map(([meant, pick]) => ({
  meant,
  spell: () => spelled(meant, (ways) => pick(fc.nat, { max: ways - 1 })),
}));

describe('addresses as people spell them', () => {
  it('share a key when they mean one building, whatever the flat', () => {
    fc.assert(
      fc.property(spellings, ({ spell }) => {
        const [a, b] = [spell(), spell()];
        expect(canonicalAddress(a), `"${a}" and "${b}"`).to.equal(canonicalAddress(b));
      }),
      RUNS,
    );
  });

  it('do not share a key when they mean two buildings', () => {
    const known = new Map<string, { readonly meant: string; readonly text: string }>();
    fc.assert(
      fc.property(spellings, ({ meant, spell }) => {
        const text = spell();
        const key = canonicalAddress(text);
        const told = { meant: JSON.stringify(meant), text };
        const before = known.get(key) ?? told;
        expect(before.meant, `"${before.text}" and "${text}"`).to.equal(told.meant);
        known.set(key, told);
      }),
      RUNS,
    );
  });

  it('name a house, and are asked for without the flat under the same key', () => {
    fc.assert(
      fc.property(spellings, ({ spell }) => {
        const text = spell();
        expect(hasHouseNumber(text), text).to.equal(true);
        const asked = buildingAddress(text);
        expect(canonicalAddress(asked), text).to.equal(canonicalAddress(text));
        expect(asked).to.not.match(FLAT);
      }),
      RUNS,
    );
  });
});
