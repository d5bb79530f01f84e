import { isUtf8 } from 'node:buffer';
import type { InvalidInput } from '../../application/input-problem.ts';
import { left, right, type Either } from '../../domain/shared/fp.ts';
import { jsonIn } from '../../domain/shared/json.ts';
import { malformed, type Malformed } from './failure.ts';
import { repeatedMembers } from './repeated-members.ts';

const MOST_LEVELS = 64;

/**
 * The JSON value of a body: first its bytes are looked at, then the grammar, the depth, and whether it has one meaning.
 */
export const jsonOf = (body: Buffer): Either<Malformed | InvalidInput, unknown> => {
  if (body.length === 0) return left(malformed('the body is empty'));
  if (!isUtf8(body)) return left(malformed('the body is not valid UTF-8'));
  const text = body.toString('utf8');
  const value = jsonIn(text);
  if (value === undefined) return left(malformed('the body is not valid JSON'));
  if (isDeeperThan(value, MOST_LEVELS))
    return left(malformed(`the body is nested deeper than ${MOST_LEVELS} levels`));
  const { problems, more } = repeatedMembers(text, value);
  return problems.length > 0
    ? left({ kind: 'invalid-input', problems, ...(more > 0 && { more }) })
    : right(value);
};

/** The parser is safe from depth; what walks the value afterwards may recurse. */
const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeeperThan(inner, levels - 1));
  for (const key in value) if (isDeeperThan(Reflect.get(value, key), levels - 1)) return true;
  return false;
};
