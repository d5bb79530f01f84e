import type { InputProblem } from '../../application/input-problem.ts';
import { MOST_PROBLEMS, pointerTo } from './decode.ts';

/** An object, with how often each name was seen in it so far, or a list; `step` is the member that is being read. */
type Level = { readonly names: Map<string, number> | undefined; step: string | number };

/**
 * Members that stand more than once in their object, in a text of JSON and the value that `JSON.parse` made of it. That
 * keeps the last of them in silence, others the first (RFC 8259 section 4): a proxy or a colleague may have read
 * another request. With a colon for each member there is none; only others are read letter by letter.
 */
export const repeatedMembers = (json: string, value: unknown): readonly InputProblem[] =>
  colonsIn(json) === membersIn(value) ? [] : repeatedIn(json);

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

/** A pointer is made once for each name of an object, and of all together for no more than are told: it may be long. */
const repeatedIn = (json: string): readonly InputProblem[] => {
  const found: string[] = [];
  const levels: Level[] = [];
  for (let at = 0; at < json.length && found.length < MOST_PROBLEMS; at += 1) {
    const letter = json[at];
    if (letter === '"') {
      const end = endOfText(json, at);
      const level = levels.at(-1);
      if (level?.names !== undefined && isName(json, end)) {
        level.step = nameIn(json.slice(at, end + 1));
        const before = level.names.get(level.step) ?? 0;
        if (before === 1) found.push(pointerOf(levels));
        level.names.set(level.step, before + 1);
      }
      at = end;
    } else if (letter === '{') levels.push({ names: new Map(), step: '' });
    else if (letter === '[') levels.push({ names: undefined, step: 0 });
    else if (letter === '}' || letter === ']') levels.pop();
    else if (letter === ',') countOn(levels.at(-1));
  }
  return [...new Set(found)].map((pointer) => ({ pointer, detail: 'given more than once' }));
};

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

/** Of the two kinds of text in an object, a colon follows on names alone. */
const isName = (json: string, end: number): boolean => {
  let at = end + 1;
  while (WHITE.test(json[at] ?? '')) at += 1;
  return json[at] === ':';
};

const nameIn = (text: string): string =>
  text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);

const pointerOf = (levels: readonly Level[]): string =>
  levels.map(({ step }) => pointerTo(String(step))).join('');
