import type { Application } from '../../../application/application.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import {
  batchGetBody,
  batchGetCommand,
  metadataCommand,
  readCommand,
  readQuery,
} from '../../wire/codecs/sheets-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { callAnswer } from '../openapi/answers.ts';
import { anyMembers, laterBody, requestIn, whereItStands } from '../path-parts.ts';
import { paddedRead } from '../../wire/padded-read.ts';
import { callOutcome } from '../../wire/presenters/call-reply.ts';
import {
  cellRangesOf,
  cellsOf,
  metadataAnswer,
  metadataOf,
  valueRangeAnswer,
  valueRangesAnswer,
} from '../../wire/presenters/cells.ts';

type Deps = { readonly application: Application; readonly clock: Pick<Clock, 'now'> };

export const sheetsReadRoutes = (deps: Deps): readonly Route[] => [
  readRoute(deps),
  batchGetRoute(deps),
  metadataRoute(deps),
];

const shared = { scopes: ['sheets'], isCall: true } as const;

const readRoute = ({ application, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/sheets/{spreadsheet_id}/values/{range}',
    query: anyMembers(readQuery),
    body: noBody,
    docs: {
      operationId: 'readCells',
      tag: 'Sheets',
      summary: 'Read the cells of a range',
      description:
        'Cached for five minutes, by the meaning of the range and not its spelling; a write to the spreadsheet invalidates this at once, on every replica.',
      answers: [callAnswer('The cells.', valueRangeAnswer)],
      problems: [404],
    },
    handle: async (request) => {
      const parts = { path: request.exchange.params, query: request.query };
      const asked = requestIn(readCommand, parts);
      if (isLeft(asked)) return asked;
      const answered = whereItStands(await paddedRead(application, request, asked.right), parts);
      return callOutcome(answered, cellsOf, request.ctx, clock);
    },
  });

const batchGetRoute = ({ application, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    method: 'post',
    path: '/sheets/{spreadsheet_id}/values/batch-get',
    query: anyMembers(readQuery),
    body: laterBody(batchGetBody),
    docs: {
      operationId: 'readCellsOfRanges',
      tag: 'Sheets',
      summary: 'Read the cells of several ranges',
      description:
        'Sent to the provider as one request, or as few requests as long range names allow. If one range is invalid, the whole read fails.',
      answers: [callAnswer('The cells, in the order of the ranges.', valueRangesAnswer)],
      problems: [404],
    },
    handle: async (request) => {
      const parts = { path: request.exchange.params, query: request.query, body: request.body };
      const asked = requestIn(batchGetCommand, parts);
      if (isLeft(asked)) return asked;
      const answered = whereItStands(await paddedRead(application, request, asked.right), parts);
      return callOutcome(answered, cellRangesOf, request.ctx, clock);
    },
  });

const metadataRoute = ({ application: { queries }, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/sheets/{spreadsheet_id}',
    query: anyMembers(noQuery),
    body: noBody,
    docs: {
      operationId: 'describeSpreadsheet',
      tag: 'Sheets',
      summary: 'List the sheets of a spreadsheet',
      answers: [callAnswer('Titles and sizes of the sheets.', metadataAnswer)],
      problems: [404],
    },
    handle: async ({ ctx, options, exchange, query }) => {
      const asked = requestIn(metadataCommand, { path: exchange.params, query });
      if (isLeft(asked)) return asked;
      const answered = await queries.describeSpreadsheet(ctx, { request: asked.right, options });
      return callOutcome(answered, metadataOf, ctx, clock);
    },
  });
