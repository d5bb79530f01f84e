import { withoutDesignators, withSettlements, withShRead } from './address-designators.ts';
import { uniformText } from './address-text.ts';
import type { Token } from './address-token.ts';
import { addressTokens } from './address-tokens.ts';
import { withoutUnits } from './address-units.ts';
import { withBlocksNumbered } from './block-number.ts';
import { withFullNames } from './full-names.ts';
import { joinHouseLetters, withNeededDots } from './house-letters.ts';
import { withPartsNumbered } from './parts-behind-house.ts';
import { pointText } from './point-text.ts';
import { withShortWords } from './short-words.ts';
import { withHousesBehindTypes } from './street-name.ts';
import { withTypeBehindName } from './street-type.ts';

/**
 * Part of every key that these rules make. Raised with each change by which any address gets another text: what an
 * older release stored, and stores beside this one during an upgrade, is then never found, and goes when it expires.
 */
export const ADDRESS_RULES = '39';

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
  const written = withShortWords(withPartsNumbered(withFullNames(addressTokens(uniformText(text)))));
  const read = withHousesBehindTypes(withSettlements(withShRead(joinHouseLetters(written))));
  const blocks = withNeededDots(withBlocksNumbered(withoutUnits(read)));
  return withTypeBehindName(withoutDesignators(blocks));
};
