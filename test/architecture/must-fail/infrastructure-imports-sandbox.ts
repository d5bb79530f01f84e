// as src/infrastructure/postgres/x.ts: infrastructure may not import sandbox/sandbox.ts
export { startSandbox } from '../../../sandbox/sandbox.ts';
