// as src/infrastructure/postgres/x.ts: infrastructure may not import src/interfaces/http/server.ts
export * from '../../interfaces/http/server.ts';
