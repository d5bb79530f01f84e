import type { IdSource } from '../../../domain/shared/clock.ts';

/** Safe in a header, a log line and a row as it is. Two headers arrive joined by a comma and are no such token. */
const SANE = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's own id when it is a sane token, else a new one. */
export const requestIdOf = (header: string | readonly string[] | undefined, ids: IdSource): string =>
  typeof header === 'string' && SANE.test(header) ? header : ids.uuid();
