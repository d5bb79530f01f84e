import { expect } from 'chai';
import { withShRead } from '../../../../src/domain/address/address-designators.ts';
import { uniformText } from '../../../../src/domain/address/address-text.ts';
import type { Token } from '../../../../src/domain/address/address-token.ts';
import { addressTokens } from '../../../../src/domain/address/address-tokens.ts';
import { withoutUnits } from '../../../../src/domain/address/address-units.ts';
import { withShortWords } from '../../../../src/domain/address/short-words.ts';

type Stage = (tokens: readonly Token[]) => readonly Token[];

/** How often the stage reads a word of the address: the same on every machine, unlike a time. */
const looksAt = (stage: Stage, text: string): number => {
  let looks = 0;
  const tokens = new Proxy([...addressTokens(uniformText(text))], {
    get: (target, key, receiver): unknown => {
      looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  stage(tokens);
  return looks;
};

/** Each made its stage rescan the whole address, or its part of it, for every word. */
const HOSTILE: readonly (readonly [name: string, stage: Stage, seeds: readonly string[]])[] = [
  ['ш.', withShRead, ['навои ш. ', 'школа ш. ', 'блок ш. ', 'навои ш., ']],
  ['units', withoutUnits, ['офис г. ', 'к офис ', ', офис 5 ', 'unit 5 ', 'unit а ', 'unit unit st n, ']],
  ['short words', withShortWords, ['п. 123456, ', 'этаж, п. 12, ']],
];

describe('a hostile address', () => {
  for (const [name, stage, seeds] of HOSTILE)
    for (const seed of seeds)
      it(`of ${JSON.stringify(seed)} has its ${name} read in looks that grow with its length alone`, () => {
        const [short, long] = [100, 800].map((times) => looksAt(stage, seed.repeat(times)));
        expect(short).to.be.above(100);
        // The text is eight times as long: a factor of 8 for a stage that reads a few words around, up to 64 for one
        // that reads them all.
        expect(long! / short!).to.be.below(9);
      });
});
