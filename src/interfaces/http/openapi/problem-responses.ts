import { problemTable } from '../../wire/problem-table.ts';
import { problemAnswer } from '../../wire/presenters/problem-answer.ts';
import type { JsonSchema } from '../../wire/codecs/codec.ts';
import type { Route } from '../endpoint.ts';
import { isForOperators } from '../exchange.ts';
import { callHeaderDocs, type HeaderDoc } from './answers.ts';
import type { SchemaWriter } from './schema-of.ts';

/** The statuses of problems that a route can answer with, nearly all derived from its declaration. */
export const problemStatuses = (route: Route): readonly number[] => {
  // Possible for any request: not HTTP, too slow, headers too large, a bug.
  const statuses = new Set([400, 408, 431, 500, ...(route.docs.problems ?? [])]);
  const add = (...more: readonly number[]): void => more.forEach((status) => statuses.add(status));
  if (route.scopes !== 'open') add(401, 403, 422);
  if (!isForOperators(route.path)) add(503);
  if (route.hasId) add(404);
  if (route.body !== undefined) add(413, 415);
  if (route.takesKey) add(409);
  if (route.needsIfMatch) add(412, 428);
  if (route.takesIfMatch) add(412);
  if (route.isCall && route.docs.failsInParts !== true) add(429, 502, 504);
  return [...statuses].toSorted((a, b) => a - b);
};

/**
 * The headers of each status. Those of calls come only with problems of calls; 404, 422 and 503 have other causes, too.
 */
const headersOf: { readonly [status: number]: readonly HeaderDoc[] } = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  405: ['Allow'],
  404: callHeaderDocs,
  409: ['Retry-After'],
  415: ['Accept', 'Accept-Encoding', 'Accept-Patch'],
  422: callHeaderDocs,
  429: ['Retry-After', ...callHeaderDocs],
  502: ['Retry-After', ...callHeaderDocs],
  503: ['Retry-After', ...callHeaderDocs],
  504: ['Retry-After', ...callHeaderDocs],
};

/** `components/responses`: one per status, naming the codes it may carry. */
export const problemResponses = ({ schemaOf }: SchemaWriter): JsonSchema => {
  const rows = Object.values(problemTable);
  const statuses = [...new Set(rows.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = [...new Set(rows.filter((row) => row.status === status).map(({ code }) => code))];
      const headers = ['X-Request-Id', ...(headersOf[status] ?? [])];
      return [
        problemResponseName(status),
        {
          description: `Problem ${codes.map((code) => `\`${code}\``).join(' or ')}.`,
          headers: Object.fromEntries(
            headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
          ),
          content: { 'application/problem+json': { schema: schemaOf(problemAnswer) } },
        },
      ];
    }),
  );
};

export const problemResponseName = (status: number): string => `Problem${status}`;
