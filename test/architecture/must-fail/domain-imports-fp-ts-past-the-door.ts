// as src/domain/cache/x.ts: domain may not import fp-ts/lib/Either.js
import type { Either } from 'fp-ts/lib/Either.js';
export type X = Either<1, 2>;
