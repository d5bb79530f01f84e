import { DatabaseError } from 'pg';
import { CHECK_VIOLATION } from './connection/sql-state.ts';

/**
 * Classes of SQLSTATE for faults of the data: data exception, integrity violation, program limit exceeded (nesting).
 */
const DATA_ERROR = /^(22|23|54)/;

/** The server is healthy but refused the data it was given. */
export const isDataError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && DATA_ERROR.test(error.code ?? '') && !isMisrouted(error);

/**
 * A race: the row was on its way to the default partition when its day got a partition of its own
 * (ensure-partitions.ts); written again, it arrives there. Violated checks of data have a constraint name, those of
 * partitions have none.
 */
export const isMisrouted = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === CHECK_VIOLATION && error.constraint === undefined;
