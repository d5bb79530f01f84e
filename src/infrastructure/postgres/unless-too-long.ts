import type { TrailTooLong } from '../../domain/audit/call-log-reader.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import { errorCode } from '../system/error-code.ts';
import { QUERY_CANCELED } from './connection/sql-state.ts';

/**
 * The result, or that there was too much to read within the statement time-out. Answering that the database is away and
 * to retry would help nobody.
 */
export const unlessTooLong = async <A>(reading: Promise<A>): AsyncResult<TrailTooLong, A> => {
  try {
    return right(await reading);
  } catch (error) {
    if (errorCode(error) === QUERY_CANCELED) return left({ kind: 'trail-too-long' });
    throw error;
  }
};
