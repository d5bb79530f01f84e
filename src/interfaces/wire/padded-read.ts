import type { Application } from '../../application/application.ts';
import type { Answered } from '../../application/provider-call/complete-operation.ts';
import type { CallOptions } from '../../application/provider-call/call-options.ts';
import type { ReadAnswer } from '../../domain/provider/spreadsheet.ts';
import { isLeft, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { CellsAsked } from './codecs/sheets-codecs.ts';
import type { Failure } from './failure.ts';
import { padded } from './presenters/cells.ts';

type Asking = { readonly ctx: TenantContext; readonly options: CallOptions };

/** Reads cells, padded if requested. Padding comes after the cache, which holds what the provider answered. */
export const paddedRead = async (
  { queries }: Application,
  { ctx, options }: Asking,
  { request, pad }: CellsAsked,
): AsyncResult<Failure, Answered<ReadAnswer>> => {
  const answered = await queries.readCells(ctx, { request, options });
  if (isLeft(answered) || !pad) return answered;
  const value = padded(answered.right.value);
  return isLeft(value) ? value : right({ ...answered.right, value: value.right });
};
