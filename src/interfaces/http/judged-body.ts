import type { InputProblem } from '../../application/input-problem.ts';
import { isLeft, isRight, left, right } from '../../domain/shared/fp.ts';
import { jsonBody, type BodyRule } from './body-rule.ts';
import type { Codec } from '../wire/codecs/codec.ts';
import { decode } from '../wire/decode.ts';
import { besideRepeated, jsonOf } from '../wire/json-body.ts';
import { isJsonObject } from '../../domain/shared/json.ts';
import { pointerStep } from '../../domain/shared/json-pointer.ts';

/**
 * A body some fields of which may be wrong. In `value` they are replaced by harmless ones, so that the use case can
 * judge the others by rules that only it knows, and the caller gets all problems at once.
 */
export type Judged<B> = { readonly value: B; readonly wrong: readonly InputProblem[] };

type StandIns = { readonly [field: string]: unknown };

/** `standIns` replace required fields that are missing or wrong. */
export const judgedBody = <B>(
  codec: Codec<B>,
  standIns: StandIns,
  mediaTypes?: readonly string[],
): BodyRule<Judged<B>> => ({
  ...jsonBody(codec, mediaTypes),
  beside: ({ value, wrong }, more) => ({ value, wrong: [...wrong, ...more] }),
  understand: (bytes) => {
    const json = jsonOf(bytes);
    if (isLeft(json)) return json;
    const { value, repeated } = json.right;
    const decoded = besideRepeated(repeated, decode(codec, value));
    if (isRight(decoded)) return right({ value: decoded.right, wrong: [] });
    const { problems, more } = decoded.left;
    // With so many problems the rest of the body is certainly wrong, too.
    if (more !== undefined) return decoded;
    const mended = codec.decode(withoutWrong(value, problems, standIns));
    return isLeft(mended) ? left(decoded.left) : right({ value: mended.right, wrong: problems });
  },
});

const withoutWrong = (input: unknown, problems: readonly InputProblem[], standIns: StandIns): unknown => {
  if (!isJsonObject(input)) return input;
  const wrong = new Set(problems.map(({ pointer }) => pointer.split('/', 2)[1]));
  const isWrong = (field: string): boolean => wrong.has(pointerStep(field));
  return Object.fromEntries([
    ...Object.entries(standIns).filter(([field]) => isWrong(field)),
    ...Object.entries(input).filter(([field]) => !isWrong(field)),
  ]);
};
