import { errorCode } from '../../system/error-code.ts';

/** Of PgBouncer's own errors most releases know no other: a protocol violation. */
const OF_A_POOLER = '08P01';

/** What PostgreSQL itself would call it, by PgBouncer's words. */
const meant: readonly (readonly [RegExp, string])[] = [
  [/^no such database/, '3D000'],
  [/^no more connections allowed/, '53300'],
  [/authentication failed$|^no such user/, '28P01'],
];

/** The SQLSTATE of an error, or what the system calls it, whether PostgreSQL says it or a PgBouncer before it. */
export const sqlStateOf = (error: unknown): string | undefined => {
  const code = errorCode(error);
  if (code !== OF_A_POOLER || !(error instanceof Error)) return code;
  return meant.find(([said]) => said.test(error.message))?.[1] ?? code;
};
