import { errorCode } from '../../system/error-code.ts';

/** The code that most releases of PgBouncer give to all their own errors: protocol violation. */
const OF_A_POOLER = '08P01';

/** The SQLSTATE that PostgreSQL would use, by the text of PgBouncer's error. */
const meant: readonly (readonly [RegExp, string])[] = [
  [/^no such database/, '3D000'],
  [/^no more connections allowed/, '53300'],
  [/authentication failed$|^no such user/, '28P01'],
];

/** The SQLSTATE of an error, or its system error code, whether PostgreSQL sent it or a PgBouncer in between. */
export const sqlStateOf = (error: unknown): string | undefined => {
  const code = errorCode(error);
  if (code !== OF_A_POOLER || !(error instanceof Error)) return code;
  return meant.find(([said]) => said.test(error.message))?.[1] ?? code;
};
