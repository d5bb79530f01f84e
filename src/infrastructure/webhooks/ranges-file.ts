import { readFile } from 'node:fs/promises';
import { isLeft, left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import { managedLists, type ManagedList } from '../../domain/webhook/ip-allowlist.ts';
import { networkFrom, networkText } from '../../domain/webhook/sender/ip-address.ts';
import { ipNotation } from './ip-notation.ts';
import { isJsonObject } from '../../domain/shared/json.ts';

export type FreshRanges = { readonly cidrs: readonly string[]; readonly reviewed: boolean };
export type RangesFile = { readonly [L in ManagedList]?: FreshRanges };

/**
 * Reads `{"github": ["192.30.252.0/22", …], "stripe": {"cidrs": […], "reviewed": true}}`. A single invalid entry
 * invalidates the whole file, since half a list would refuse senders. The message on the left quotes no content.
 */
export const readRangesFile = async (path: string): AsyncResult<string, RangesFile> => {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return left('the file cannot be read as JSON');
  }
  if (!isJsonObject(content)) return left('the file holds no JSON object');
  const lists: { [L in ManagedList]?: FreshRanges } = {};
  for (const name of managedLists) {
    if (content[name] === undefined) continue;
    const list = listFrom(content[name]);
    if (isLeft(list)) return left(`${name}: ${list.left}`);
    lists[name] = list.right;
  }
  return right(lists);
};

const listFrom = (value: unknown): Either<string, FreshRanges> => {
  const entries = isJsonObject(value) ? value['cidrs'] : value;
  if (!Array.isArray(entries)) return left('no list of networks');
  const cidrs: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const network = networkFrom(ipNotation, typeof entry === 'string' ? entry : '');
    if (isLeft(network)) return left(`entry ${index + 1} ${network.left}`);
    cidrs.push(networkText(ipNotation, network.right));
  }
  return right({ cidrs, reviewed: isJsonObject(value) && value['reviewed'] === true });
};
