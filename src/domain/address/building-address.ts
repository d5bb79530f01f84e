import { spellingsOf } from './address-vocabulary.ts';
import { canonicalAddress } from './canonical-address.ts';

/** Each part costs some readings of the whole; what is longer goes as it came. */
const LONGEST = 200;
const MOST_PARTS = 12;
const MOST_WORDS = 16;

/** "п." may be подъезд. */
const UNIT_WORD = `(?:${[...spellingsOf('unit', 'kv'), 'п'].join('|')})(?![\\p{L}\\p{M}])`;
const UNIT = new RegExp(`(?<![\\p{L}\\p{M}])${UNIT_WORD}`, 'iu');
/** "13-кв.45" and "13/кв.45" are two. */
const WORDS = new RegExp(`\\s*(?:(?![-/]${UNIT_WORD})\\S)+|\\s*\\S+`, 'giu');

/**
 * The address as providers are asked: without flats, offices and floors. What comes back is kept for the whole
 * building and must not name the flat that was asked for first; Google wants them left out, too. Only such words go
 * without which the canonical text stays the same.
 */
export const buildingAddress = (text: string): string => {
  if (text.length > LONGEST || !UNIT.test(text)) return text;
  const parts: (string | undefined)[] = text.split(',');
  if (parts.length > MOST_PARTS) return text;
  const key = canonicalAddress(text);
  for (const [at, part] of parts.entries())
    parts[at] = beginningsWithoutUnits(part ?? '').find(
      (beginning) => canonicalAddress(joined(parts.with(at, beginning))) === key,
    );
  return joined(parts) || text;
};

const joined = (parts: readonly (string | undefined)[]): string =>
  parts
    .filter((part) => part !== undefined)
    .join(',')
    .trim();

/**
 * What is left when a unit and all behind it goes: the longest first that names none any more, undefined for nothing;
 * the part itself last.
 */
const beginningsWithoutUnits = (part: string): readonly (string | undefined)[] => {
  const words = part.match(WORDS) ?? [];
  if (words.length > MOST_WORDS) return [part];
  const beginnings = words
    .map((_, kept) => ({ beginning: words.slice(0, kept).join(''), dropped: words.slice(kept).join('') }))
    .filter(({ dropped }) => UNIT.test(dropped))
    .toReversed()
    .map(({ beginning }) => (beginning === '' ? undefined : beginning));
  return [...beginnings.filter((text) => !namesUnit(text)), ...beginnings.filter(namesUnit), part];
};

const namesUnit = (text: string | undefined): boolean => text !== undefined && UNIT.test(text);
