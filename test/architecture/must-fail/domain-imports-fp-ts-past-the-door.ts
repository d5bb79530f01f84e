// as src/domain/cache/x.ts: fp-ts/lib/Either.js belongs to src/domain/shared/fp.ts alone
import type { Either } from 'fp-ts/lib/Either.js';
export type X = Either<1, 2>;
