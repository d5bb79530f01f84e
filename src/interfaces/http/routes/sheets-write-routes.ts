import type * as t from 'io-ts';
import type { Application, SheetsWrite } from '../../../application/application.ts';
import type { Answered, Asked } from '../../../application/provider-call/complete-operation.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { map } from '../../../domain/shared/fp.ts';
import { noBody, type BodyRule } from '../body-rule.ts';
import type { Codec } from '../../wire/codecs/codec.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import {
  appendBody,
  appendCommand,
  appendQuery,
  batchUpdateBody,
  batchUpdateCommand,
  batchUpdateQuery,
  clearCommand,
  writeBody,
  writeCommand,
  writeQuery,
} from '../../wire/codecs/sheets-write-codecs.ts';
import type { Route } from '../endpoint.ts';
import { onceEndpoint } from '../once-endpoint.ts';
import { callAnswer } from '../openapi/answers.ts';
import { anyMembers, laterBody, requestIn, type LaterBody } from '../path-parts.ts';
import { callReply } from '../../wire/presenters/call-reply.ts';
import {
  appendAnswer,
  appendedOf,
  clearAnswer,
  clearedOf,
  updateAnswer,
  updatesAnswer,
  updatesOf,
  writtenOf,
} from '../../wire/presenters/writes.ts';
import type { RouteDocs } from '../route-docs.ts';

type Deps = { readonly application: Application; readonly clock: Pick<Clock, 'now'> };
type Members = { readonly [name: string]: unknown };

type WriteRoute<Req, Res extends object> = {
  readonly method: 'put' | 'post';
  readonly path: string;
  /** Options may be in the query, as at Google, or in the body. */
  readonly query: t.Mixed;
  readonly body: BodyRule<LaterBody | undefined>;
  readonly command: Codec<Req>;
  readonly run: (application: Application) => SheetsWrite<Req, Res>;
  readonly present: (value: Res) => unknown;
  readonly answer: t.Mixed;
  readonly docs: Pick<RouteDocs, 'operationId' | 'summary' | 'description'> & { readonly answers: string };
};

const RANGE = '/sheets/{spreadsheet_id}/values/{range}';

export const sheetsWriteRoutes = (deps: Deps): readonly Route[] => [
  writeRoute(deps),
  appendRoute(deps),
  clearRoute(deps),
  batchUpdateRoute(deps),
];

const writeRoute = (deps: Deps): Route =>
  keyedRoute(deps, {
    method: 'put',
    path: RANGE,
    query: writeQuery,
    body: laterBody(writeBody),
    command: writeCommand,
    run: ({ commands }) => commands.writeCells,
    present: writtenOf,
    answer: updateAnswer,
    docs: {
      operationId: 'writeCells',
      summary: 'Write values into a range',
      description:
        'If the range is a single cell, the values begin there. Sending the request again writes the same values again.',
      answers: 'What was written.',
    },
  });

const appendRoute = (deps: Deps): Route =>
  keyedRoute(deps, {
    method: 'post',
    path: `${RANGE}/append`,
    query: appendQuery,
    body: laterBody(appendBody),
    command: appendCommand,
    run: ({ commands }) => commands.appendRows,
    present: appendedOf,
    answer: appendAnswer,
    docs: {
      operationId: 'appendRows',
      summary: 'Add rows below a table',
      description:
        'Rows of several callers are sent to the provider together. They begin in the first column of the range, or of the table if the range cuts off its left part. With an `Idempotency-Key` and RAW the rows are written once, however often the request is sent: in the first column of the range, below everything in the sheet, whatever rows the range has. A word that is the title of a sheet means that sheet here, even if a named range has the same name.',
      answers: 'Where the rows were added.',
    },
  });

const clearRoute = (deps: Deps): Route =>
  keyedRoute(deps, {
    method: 'post',
    path: `${RANGE}/clear`,
    query: noQuery,
    body: noBody,
    command: clearCommand,
    run: ({ commands }) => commands.clearCells,
    present: clearedOf,
    answer: clearAnswer,
    docs: { operationId: 'clearCells', summary: 'Clear the cells of a range', answers: 'What was cleared.' },
  });

const batchUpdateRoute = (deps: Deps): Route =>
  keyedRoute(deps, {
    method: 'post',
    path: '/sheets/{spreadsheet_id}/values/batch-update',
    query: batchUpdateQuery,
    body: laterBody(batchUpdateBody),
    command: batchUpdateCommand,
    run: ({ commands }) => commands.updateCells,
    present: updatesOf,
    answer: updatesAnswer,
    docs: {
      operationId: 'writeCellsOfRanges',
      summary: 'Write values into several ranges',
      description: 'Sent to the provider as one request: either everything is written or nothing.',
      answers: 'What was written.',
    },
  });

/** A route whose write is carried out once per Idempotency-Key. */
const keyedRoute = <Req, Res extends object>(
  { application, clock }: Deps,
  { command, run, present, answer, docs, query, ...route }: WriteRoute<Req, Res>,
): Route =>
  onceEndpoint<Members, LaterBody | undefined, Asked<Req>, Answered<Res>>({
    ...route,
    scopes: ['sheets'],
    isCall: true,
    query: anyMembers(query),
    docs: {
      ...docs,
      tag: 'Sheets',
      answers: [callAnswer(docs.answers, answer)],
      problems: [404],
    },
    command: run(application),
    asked: ({ query: asked, body, options, exchange: { params: path } }) =>
      map((request: Req) => ({ request, options }))(requestIn(command, { path, query: asked, body })),
    reply: (answered, { ctx }) => callReply(answered, present, ctx.correlationId, clock.now()),
  });
