/**
 * The few fp-ts names that this project uses. Under native ES modules only `fp-ts/lib/X.js` resolves (`fp-ts/Either`
 * type-checks and then fails at run time); this file keeps that workaround in one place.
 */
import type { Either } from 'fp-ts/lib/Either.js';

export { isLeft, isRight, left, map, mapLeft, right } from 'fp-ts/lib/Either.js';
export { pipe } from 'fp-ts/lib/function.js';
export type { Either };

/** A promise of an `Either`. It is eager (not a lazy `TaskEither`), and rejects only for bugs and lost dependencies. */
export type AsyncResult<E, A> = Promise<Either<E, A>>;
