/** The code of an error from Node, a driver or a server, such as ENOENT or a SQLSTATE; undefined without one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
