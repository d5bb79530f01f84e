/**
 * The few fp-ts words this project uses. Under native ES modules only `fp-ts/lib/X.js` resolves
 * (`fp-ts/Either` type-checks and then fails at run time), so that wart lives in this one file.
 */
import type { Either } from 'fp-ts/lib/Either.js';

export { isLeft, isRight, left, map, mapLeft, right } from 'fp-ts/lib/Either.js';
export { pipe } from 'fp-ts/lib/function.js';
export type { Either };

/** A promise of an `Either`: eager, awaited where it is called, rejecting only for bugs and lost dependencies. */
export type AsyncResult<E, A> = Promise<Either<E, A>>;
