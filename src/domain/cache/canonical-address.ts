import { withoutDesignators, withSettlements, withShRead } from './address-designators.ts';
import { uniformText } from './address-text.ts';
import { addressTokens } from './address-tokens.ts';
import type { Token } from './address-token.ts';
import { withoutUnits } from './address-units.ts';
import { phrasesFrom, type Phrase } from './address-vocabulary.ts';
import { withBlocksNumbered } from './block-number.ts';
import { joinHouseLetters } from './house-letters.ts';
import { pointText } from './point-text.ts';
import { withTypeBehindName } from './street-type.ts';

const continues = (tokens: readonly Token[], at: number, { rest }: Phrase): boolean =>
  rest.every((word, index) => {
    const token = tokens[at + 1 + index];
    return token !== undefined && token.text === word && !token.gap;
  });

/** "С.-Петербург", "Н. Новгород", "Российская Федерация": towns and countries with one accepted long name. */
const withFullNames = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(({ text }) => phrasesFrom(text) !== undefined)) return tokens;
  const named: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const phrase = phrasesFrom(token.text)?.find((candidate) => continues(tokens, at, candidate));
    named.push(phrase === undefined ? token : { ...token, text: phrase.text, kind: 'word' });
    at += phrase?.rest.length ?? 0;
  }
  return named;
};

/**
 * Part of every key that these rules make. Raised with each change by which any address gets another text: what an older
 * release stored, and stores beside this one during an upgrade, is then never found, and goes when it expires.
 */
export const ADDRESS_RULES = '22';

/**
 * The text under which an address is cached: spellings of one building agree, different buildings do not.
 * It joins only what is certain: never by translation, transliteration, initials, or a changed order of parts.
 * Any string gives a string; nothing throws. Readable, but meant for a hash: an address is personal data.
 */
export const canonicalAddress = (text: string): string =>
  pointText(text) ??
  canonicalTokens(text)
    .map((token) => token.text)
    .join(' ');

/** What the canonical text is made of. */
export const canonicalTokens = (text: string): readonly Token[] => {
  const tokens = withSettlements(
    withShRead(joinHouseLetters(withFullNames(addressTokens(uniformText(text))))),
  );
  return withTypeBehindName(withoutDesignators(withBlocksNumbered(withoutUnits(tokens))));
};
