import { firstProblems, type FirstProblems, type ProblemList } from '../../domain/shared/first-problems.ts';
import { pointerTo } from './decode.ts';

/**
 * A position inside an object or list. Repeated members share the position of their pointer. `told`: what has already
 * been reported there.
 */
type Place = { readonly inside: Map<string | number, Place>; readonly told: Set<string | number> };

/**
 * An object with the number of occurrences of each name so far, or a list; `step` is the member being read. `place` is
 * looked up once something in it is reported.
 */
type Level = { readonly names: Map<string, number> | undefined; step: string | number; place?: Place };

/**
 * Finds members that occur more than once in their object, in a JSON text and the value that `JSON.parse` made of it.
 * `JSON.parse` silently keeps the last one, other parsers the first (RFC 8259 section 4), so a proxy or another service
 * may have understood another request. If there are as many colons as members, none is repeated; only other texts are
 * scanned character by character.
 */
export const repeatedMembers = (json: string, value: unknown): FirstProblems =>
  colonsIn(json) === membersIn(value) ? NONE : repeatedIn(json);

const NONE: FirstProblems = { problems: [], more: 0 };

const colonsIn = (json: string): number => {
  let count = 0;
  for (let at = json.indexOf(':'); at !== -1; at = json.indexOf(':', at + 1)) count += 1;
  return count;
};

const membersIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const inner of value) count += membersIn(inner);
  else for (const name in value) count += 1 + membersIn(Reflect.get(value, name));
  return count;
};

const repeatedIn = (json: string): FirstProblems => {
  const list = firstProblems();
  const all = newPlace();
  const levels: Level[] = [];
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at];
    if (letter === '"') {
      const end = endOfText(json, at);
      const level = levels.at(-1);
      if (level?.names !== undefined && isName(json, end)) {
        level.step = nameIn(json.slice(at, end + 1));
        const before = level.names.get(level.step) ?? 0;
        if (before === 1) tell(list, levels, all);
        level.names.set(level.step, before + 1);
      }
      at = end;
    } else if (letter === '{') levels.push({ names: new Map(), step: '' });
    else if (letter === '[') levels.push({ names: undefined, step: 0 });
    else if (letter === '}' || letter === ']') levels.pop();
    else if (letter === ',') countOn(levels.at(-1));
  }
  return list.found();
};

const tell = (list: ProblemList, levels: readonly Level[], all: Place): void => {
  const { told } = placeOf(levels, levels.length - 1, all);
  const step = levels.at(-1)?.step ?? '';
  if (told.has(step)) return;
  told.add(step);
  list.add(() => pointerOf(levels), 'given more than once');
};

/** Each level is looked up once, however much is reported in it. */
const placeOf = (levels: readonly Level[], depth: number, all: Place): Place => {
  const [level, outer] = [levels[depth], levels[depth - 1]];
  if (level === undefined || outer === undefined) return all;
  return (level.place ??= placeInside(placeOf(levels, depth - 1, all), outer.step));
};

const placeInside = ({ inside }: Place, step: string | number): Place => {
  const known = inside.get(step);
  if (known !== undefined) return known;
  const place = newPlace();
  inside.set(step, place);
  return place;
};

const newPlace = (): Place => ({ inside: new Map(), told: new Set() });

const countOn = (level: Level | undefined): void => {
  if (typeof level?.step === 'number') level.step += 1;
};

/** The position of the closing quote. */
const endOfText = (json: string, start: number): number => {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
};

const isEscaped = (json: string, at: number): boolean => {
  let slashes = 0;
  while (json[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
};

const WHITE = /[ \t\n\r]/;

/** A string in an object is a name if a colon follows it. */
const isName = (json: string, end: number): boolean => {
  let at = end + 1;
  while (WHITE.test(json[at] ?? '')) at += 1;
  return json[at] === ':';
};

const nameIn = (text: string): string =>
  text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);

const pointerOf = (levels: readonly Level[]): string =>
  levels.map(({ step }) => pointerTo(String(step))).join('');
