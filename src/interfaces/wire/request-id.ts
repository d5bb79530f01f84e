import { redactText } from '../../domain/audit/redaction.ts';
import type { IdSource } from '../../domain/shared/clock.ts';

/** Safe in a header, a log line and a row as it is. Two headers arrive joined by a comma and are no such token. */
export const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's own id when it is a sane token and no credential by mistake, else a new one. */
export const requestIdOf = (header: string | readonly string[] | undefined, ids: IdSource): string =>
  typeof header === 'string' && REQUEST_ID.test(header) && redactText(header) === header
    ? header
    : ids.uuid();
