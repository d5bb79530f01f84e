import { DatabaseError } from 'pg';
import { CHECK_VIOLATION } from './connection/sql-state.ts';

/** Classes of SQLSTATE that blame the data: data exception, integrity violation, program limit (nesting). */
const DATA_ERROR = /^(22|23|54)/;

/** The server is well and refused what it was given. */
export const isDataError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && DATA_ERROR.test(error.code ?? '') && !isMisrouted(error);

/**
 * The row was on its way to the default partition when its day got one of its own (ensure-partitions.ts): written again
 * it finds it. Checks of the data have a name, those of partitions have none.
 */
export const isMisrouted = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === CHECK_VIOLATION && error.constraint === undefined;
