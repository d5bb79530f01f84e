// as src/infrastructure/postgres/x.ts: infrastructure may not import src/infrastructure/container/identifiers.ts
import { ids } from '../container/identifiers.ts';
export const x = ids;
