import type { AnswerDoc } from './openapi/answers.ts';

export type DocsTag =
  'Geocoding' | 'Sheets' | 'Webhooks' | 'Services' | 'Logs' | 'Costs' | 'Cache' | 'Tokens' | 'Operations';

/** What the document says of a route and the server does not need. */
export type RouteDocs = {
  readonly operationId: string;
  readonly tag: DocsTag;
  readonly summary: string;
  readonly description?: string;
  readonly answers: readonly AnswerDoc[];
  /** Statuses of problems beyond those that follow from the declaration. */
  readonly problems?: readonly number[];
  /** Of what a call can meet each part tells by itself, under 200. */
  readonly failsInParts?: true;
};
