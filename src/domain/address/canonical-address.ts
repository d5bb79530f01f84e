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
 * Version of these rules, part of every cache key they produce. It is raised with each change that gives any address
 * another text: entries stored by an older release, also while both run during an upgrade, are then never found, and
 * expire.
 */
export const ADDRESS_RULES = '39';

/**
 * The normalised text under which an address is cached: different spellings of one building agree, different buildings
 * do not. It only joins what is certain, never by translation, transliteration, initials, or a changed order of parts.
 * Total: any string gives a string, and nothing throws. It must be hashed before use in a key, because an address is
 * personal data.
 */
export const canonicalAddress = (text: string): string =>
  pointText(text) ??
  canonicalTokens(text)
    .map((token) => token.text)
    .join(' ');

/** The tokens of the normalised text. */
export const canonicalTokens = (text: string): readonly Token[] => {
  const written = withShortWords(withPartsNumbered(withFullNames(addressTokens(uniformText(text)))));
  const read = withHousesBehindTypes(withSettlements(withShRead(joinHouseLetters(written))));
  const blocks = withNeededDots(withBlocksNumbered(withoutUnits(read)));
  return withTypeBehindName(withoutDesignators(blocks));
};
