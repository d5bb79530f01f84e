// as src/domain/shared/fp.ts: fp-ts door may not import fp-ts/lib/Option.js
export { none } from 'fp-ts/lib/Option.js';
