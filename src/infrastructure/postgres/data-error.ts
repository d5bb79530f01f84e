import { DatabaseError } from 'pg';

/** Classes of SQLSTATE that blame the data: data exception, integrity violation, program limit (nesting). */
const DATA_ERROR = /^(22|23|54)/;

/** The server is well and refused what it was given. */
export const isDataError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && DATA_ERROR.test(error.code ?? '');
