import { isUtf8 } from 'node:buffer';
import type { InputProblem, InvalidInput } from '../../application/input-problem.ts';
import type { FirstProblems } from '../../domain/shared/first-problems.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { jsonIn } from '../../domain/shared/json.ts';
import { firstOf } from './decode.ts';
import { malformed, type Malformed } from './failure.ts';
import { repeatedMembers } from './repeated-members.ts';

const MOST_LEVELS = 64;

/** `repeated`: members that occur twice, for `besideRepeated`. */
export type ReadJson = { readonly value: unknown; readonly repeated: FirstProblems };

/** Parses the JSON of a body: first its bytes are checked, then syntax, depth, and repeated members. */
export const jsonOf = (body: Buffer): Either<Malformed, ReadJson> => {
  if (body.length === 0) return left(malformed('the body is empty'));
  if (!isUtf8(body)) return left(malformed('the body is not valid UTF-8'));
  const text = body.toString('utf8');
  const value = jsonIn(text);
  if (value === undefined) return left(malformed('the body is not valid JSON'));
  if (isDeeperThan(value, MOST_LEVELS))
    return left(malformed(`the body is nested deeper than ${MOST_LEVELS} levels`));
  return right({ value, repeated: repeatedMembers(text, value) });
};

/**
 * The result, or all problems with it. Nothing else is said about members that occur twice. If there are too many
 * problems to name, only repeated members are named, since the others could not be told apart from them.
 */
export const besideRepeated = <A>(
  { problems, more }: FirstProblems,
  judged: Either<InvalidInput, A>,
): Either<InvalidInput, A> => {
  if (problems.length === 0) return judged;
  const others = isLeft(judged) && judged.left.more === undefined && more === 0 ? judged.left.problems : [];
  // A problem outside the body may have the name of a member.
  const isNews = ({ pointer, parameter }: InputProblem): boolean =>
    parameter !== undefined || !problems.some((twice) => `${pointer}/`.startsWith(`${twice.pointer}/`));
  return left(firstOf([...problems, ...others.filter(isNews)], more));
};

/** The parser copes with any depth, but code that walks the value afterwards may recurse. */
const isDeeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeeperThan(inner, levels - 1));
  for (const key in value) if (isDeeperThan(Reflect.get(value, key), levels - 1)) return true;
  return false;
};
