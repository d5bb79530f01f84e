import { spellingsOf } from './address-vocabulary.ts';
import { canonicalAddress } from './canonical-address.ts';

/** Each part costs several normalisations of the whole text; longer addresses are sent unchanged. */
const LONGEST = 200;
const MOST_PARTS = 12;
const MOST_WORDS = 16;

/** Includes "п.", which may be подъезд (entrance). */
const UNIT_WORD = `(?:${[...spellingsOf('unit', 'kv'), 'п'].join('|')})(?![\\p{L}\\p{M}])`;
const UNIT = new RegExp(`(?<![\\p{L}\\p{M}])${UNIT_WORD}`, 'iu');
/** Splits "13-кв.45" and "13/кв.45" in two. */
const WORDS = new RegExp(`\\s*(?:(?![-/]${UNIT_WORD})\\S)+|\\s*\\S+`, 'giu');

/**
 * The address as it is sent to providers: without flats, offices and floors. The answer is cached for the whole
 * building, so it must not name the flat that was asked for first; Google recommends leaving them out, too. Only words
 * whose removal does not change the normalised text are removed.
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
 * What is left of a part when a unit and everything after it is removed: first the longest rest that names no unit
 * (undefined: nothing is left), last the part itself.
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
