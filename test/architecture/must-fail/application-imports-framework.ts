// as src/application/x.ts: express belongs to src/interfaces/http/ alone
import type { Request } from 'express';
export type X = Request;
