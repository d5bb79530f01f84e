// as src/interfaces/wire/x.ts: wire may not import node:http
import type { IncomingHttpHeaders } from 'node:http';
export type X = IncomingHttpHeaders;
