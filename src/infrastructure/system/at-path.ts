/** The same error, with the path that Node leaves out where it is a file open already that takes nothing more. */
export const atPath = (error: unknown, path: string): unknown =>
  error instanceof Error && !('path' in error) ? Object.assign(error, { path }) : error;
