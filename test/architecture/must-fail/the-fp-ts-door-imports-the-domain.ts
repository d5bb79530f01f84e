// as src/domain/shared/fp.ts: fp-ts door may not import src/domain/shared/money.ts
export type { Money } from './money.ts';
