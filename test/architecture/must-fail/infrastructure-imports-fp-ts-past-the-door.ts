// as src/infrastructure/postgres/x.ts: fp-ts/lib/Either.js belongs to src/domain/shared/fp.ts alone
export { isLeft } from 'fp-ts/lib/Either.js';
