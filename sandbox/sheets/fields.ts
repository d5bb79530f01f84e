import { isRecord } from '../stand-in.ts';
import { invalid } from './refusal.ts';

/** The names to keep, each with the names to keep below it; an empty tree keeps all. */
export type FieldTree = Map<string, FieldTree>;

const badMask = (text: string): Error =>
  invalid(`Request contains an invalid argument. Invalid field mask: ${text}`);

/** Parses `sheets.properties(sheetId,title),spreadsheetId`; a slash means the same as a dot. */
export const readFields = (text: string): FieldTree => {
  const tokens = text.match(/[^,()./\s]+|[,()./]/gu) ?? [];
  let at = 0;
  const path = (into: FieldTree): void => {
    const name = tokens[at];
    if (name === undefined || /^[,()./]$/u.test(name)) throw badMask(text);
    at += 1;
    const below: FieldTree = into.get(name) ?? new Map<string, FieldTree>();
    into.set(name, below);
    if (tokens[at] === '.' || tokens[at] === '/') {
      at += 1;
      path(below);
    } else if (tokens[at] === '(') {
      at += 1;
      list(below);
      if (tokens[at] !== ')') throw badMask(text);
      at += 1;
    }
  };
  const list = (into: FieldTree): void => {
    path(into);
    while (tokens[at] === ',') {
      at += 1;
      path(into);
    }
  };
  const tree: FieldTree = new Map();
  list(tree);
  if (at < tokens.length) throw badMask(text);
  return tree;
};

export const keepFields = (value: unknown, tree: FieldTree): unknown => {
  if (tree.size === 0 || tree.has('*')) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => keepFields(item, tree));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const below = tree.get(name);
      return below ? [[name, keepFields(inner, below)]] : [];
    }),
  );
};
