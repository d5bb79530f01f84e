// as src/application/queries/x.ts: queries may not import src/application/unit-of-work.ts
import type { UnitOfWork } from '../unit-of-work.ts';
export type X = UnitOfWork;
