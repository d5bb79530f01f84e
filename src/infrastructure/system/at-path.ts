/** Adds the path to an error, which Node leaves out when writing to an open file fails. */
export const atPath = (error: unknown, path: string): unknown =>
  error instanceof Error && !('path' in error) ? Object.assign(error, { path }) : error;
