// as src/domain/cache/x.ts: domain may not import src/application/handler.ts
export { type Handler } from '../../application/handler.ts';
