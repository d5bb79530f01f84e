import type * as t from 'io-ts';
import { isLeft, isRight, left, right, type Either } from '../../domain/shared/fp.ts';
import { nameOfStep } from '../../domain/shared/json-pointer.ts';
import {
  invalidInput,
  together,
  type InputProblem,
  type InvalidInput,
} from '../../application/input-problem.ts';
import type { FirstProblems } from '../../domain/shared/first-problems.ts';
import type { BodyRule } from './body-rule.ts';
import { codecOf, type Codec } from '../wire/codecs/codec.ts';
import { decode, firstOf, pointerTo } from '../wire/decode.ts';
import type { PathParameters } from './exchange.ts';
import { JSON_TYPE } from './middleware/content-type.ts';
import { onceIn, repeatedIn } from './middleware/query-string.ts';
import type { Failure } from '../wire/failure.ts';
import { besideRepeated, jsonOf } from '../wire/json-body.ts';
import { isJsonObject } from '../../domain/shared/json.ts';

type Members = { readonly [name: string]: unknown };

/**
 * Accepts any members, to be decoded later together with those in the path; described in the document as `described`.
 */
export const anyMembers = (described: t.Mixed): Codec<Members> =>
  codecOf<Members>(
    (input, context) => membersOf.validate(input, context),
    (describe) => describe(described),
  );
const membersOf: Codec<Members> = codecOf<Members>(
  (input, context) =>
    isJsonObject(input) ? right(input) : left([{ value: input, context, message: 'must be an object' }]),
  () => ({ type: 'object' }),
);

/**
 * A body whose members are decoded later; undefined if it is not an object. `wrong`: problems already known without
 * decoding them.
 */
export type LaterBody = { readonly members: Members | undefined; readonly wrong: FirstProblems };

const NO_BODY: LaterBody = { members: {}, wrong: { problems: [], more: 0 } };

/** A body described in the document as `described`, whose members are decoded later together with path and query. */
export const laterBody = (described: t.Mixed): BodyRule<LaterBody> => ({
  codec: described,
  mediaTypes: [JSON_TYPE],
  understand: (bytes) => {
    const json = jsonOf(bytes);
    if (isLeft(json)) return json;
    const { value, repeated } = json.right;
    const judged = besideRepeated(repeated, decode(membersOf, value));
    return right({
      members: isJsonObject(value) ? value : undefined,
      wrong: isLeft(judged) ? { more: 0, ...judged.left } : NO_BODY.wrong,
    });
  },
});

/** The parts of a request in which members may be given, each in one place only. */
export type RequestParts = {
  readonly path: PathParameters;
  readonly query?: Members;
  readonly body?: LaterBody | undefined;
};

/**
 * Decodes path, query and body as one value, so that all problems are reported together. A problem outside the body
 * names its `parameter`, on every route alike.
 */
export const requestIn = <A>(
  codec: Codec<A>,
  { path, query = {}, body = NO_BODY }: RequestParts,
): Either<InvalidInput, A> => {
  const { members = {}, wrong } = body;
  const outside = { ...query, ...path };
  const decoded = decode(codec, { ...members, ...onceIn(outside) });
  const elsewhere = doubled(path, query, members);
  const repeated = repeatedIn(outside);
  const isAllSaid = elsewhere.length === 0 && repeated.length === 0 && wrong.problems.length === 0;
  if (isRight(decoded) && isAllSaid) return decoded;
  const { problems, more } = isLeft(decoded) ? decoded.left : invalidInput();
  const inPlace = together(repeated, problems).map((problem) => placed(problem, outside));
  // If the body is not an object, its members are not reported as missing.
  const told = body.members === undefined ? inPlace.filter(isOutside) : inPlace;
  return besideRepeated(wrong, left(firstOf([...elsewhere, ...told], more)));
};

const isOutside = ({ parameter }: InputProblem): boolean => parameter !== undefined;

/** Does the same for problems that were found only when the command was carried out. */
export const whereItStands = <A>(
  outcome: Either<Failure, A>,
  { path, query = {} }: RequestParts,
): Either<Failure, A> => {
  if (!isLeft(outcome) || outcome.left.kind !== 'invalid-input') return outcome;
  const outside = { ...query, ...path };
  return left({
    ...outcome.left,
    problems: outcome.left.problems.map((problem) => placed(problem, outside)),
  });
};

const placed = (problem: InputProblem, outside: Members): InputProblem => {
  const [, name = ''] = problem.pointer.split('/', 2);
  const parameter = nameOfStep(name);
  return Object.hasOwn(outside, parameter) ? { ...problem, parameter } : problem;
};

const doubled = (path: PathParameters, query: Members, body: Members): readonly InputProblem[] => [
  ...twice(body, path, 'is given in the path already'),
  ...twice(body, query, 'is given in the query already'),
  ...twice(query, path, 'is given in the path already').map((problem) => placed(problem, query)),
];

const twice = (here: Members, there: Members, detail: string): readonly InputProblem[] =>
  Object.keys(here)
    .filter((name) => Object.hasOwn(there, name))
    .map((name) => ({ pointer: pointerTo(name), detail }));
