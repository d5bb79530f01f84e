// as src/interfaces/wire/x.ts: wire may not import src/interfaces/http/endpoint.ts
import type { Route } from '../http/endpoint.ts';
export type X = Route;
