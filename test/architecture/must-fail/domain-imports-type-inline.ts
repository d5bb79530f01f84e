// as src/domain/cache/x.ts: domain may not import node:fs
export type X = import('node:fs').Stats;
