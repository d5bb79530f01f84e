import { redactText } from '../../domain/audit/redaction.ts';
import type { IdSource } from '../../domain/shared/clock.ts';

/** Safe to use in a header, a log line and a row. Two headers arrive joined by a comma, and so are no valid id. */
export const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's id if it is valid and does not look like a credential sent by mistake; otherwise a new one. */
export const requestIdOf = (header: string | readonly string[] | undefined, ids: IdSource): string =>
  typeof header === 'string' && REQUEST_ID.test(header) && redactText(header) === header
    ? header
    : ids.uuid();
