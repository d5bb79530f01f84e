import type { AnswerDoc } from './openapi/answers.ts';

export type DocsTag =
  'Geocoding' | 'Sheets' | 'Webhooks' | 'Services' | 'Logs' | 'Costs' | 'Cache' | 'Tokens' | 'Operations';

/** What the OpenAPI document says about a route beyond what the server needs. */
export type RouteDocs = {
  readonly operationId: string;
  readonly tag: DocsTag;
  readonly summary: string;
  readonly description?: string;
  readonly answers: readonly AnswerDoc[];
  /** Statuses of problems beyond those that follow from the declaration of the route. */
  readonly problems?: readonly number[];
  /** Each part of the answer reports its own failure, under status 200. */
  readonly failsInParts?: true;
};
