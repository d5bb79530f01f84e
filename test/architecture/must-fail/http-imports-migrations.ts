// as src/interfaces/http/x.ts: http may not import migrations/20261122000000-initial.ts
export * from '../../../migrations/20261122000000-initial.ts';
