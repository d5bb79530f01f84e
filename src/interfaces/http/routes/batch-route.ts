import * as t from 'io-ts';
import type { Application } from '../../../application/application.ts';
import type { CallOptions } from '../../../application/provider-call/call-options.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { jsonBody } from '../body-rule.ts';
import {
  address,
  batchBody,
  geocodeRequestOf,
  type BatchRequest,
} from '../../wire/codecs/geocoding-codecs.ts';
import { described } from '../../wire/codecs/codec.ts';
import { answerObject } from '../../wire/codecs/object-codec.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { decode } from '../../wire/decode.ts';
import { tenantEndpoint, type Route, type TenantRequest } from '../endpoint.ts';
import { noteUnexpected } from '../exchange.ts';
import { prefers } from '../middleware/accepted-type.ts';
import { JSON_TYPE } from '../middleware/content-type.ts';
import type { RouteDocs } from '../route-docs.ts';
import {
  answeredItem,
  batchItemAnswer,
  batchMetaAnswer,
  batchMetaOf,
  failedItem,
  type BatchItem,
} from '../../wire/presenters/batch.ts';
import { json, NO_STORE, type Reply } from '../../wire/reply.ts';

type Deps = { readonly application: Application; readonly clock: Clock };
/** `startedAt`: monotonic milliseconds. */
type Batch = TenantRequest<unknown, BatchRequest> & { readonly startedAt: number };

const NDJSON_TYPE = 'application/x-ndjson';
/** Items asked at the same time: enough to hide a provider's latency, few enough to leave room for other callers. */
const AT_ONCE = 16;

/** Many addresses in one request, each of which succeeds or fails on its own. */
export const batchRoute = (deps: Deps): Route =>
  tenantEndpoint({
    method: 'post',
    path: '/geocoding/batch',
    scopes: ['geocoding'],
    query: noQuery,
    body: jsonBody(batchBody),
    isCall: true,
    docs,
    handle: async (request) => {
      const batch = { ...request, startedAt: deps.clock.monotonic() };
      const accept = request.exchange.req.headers.accept ?? '';
      return right(
        prefers(accept, NDJSON_TYPE, JSON_TYPE) ? streamed(deps, batch) : await collected(deps, batch),
      );
    },
  });

const docs: RouteDocs = {
  operationId: 'geocodeBatch',
  tag: 'Geocoding',
  summary: 'Turn many addresses into places',
  description:
    'The status is 200 whenever the list itself is valid: each item succeeds or fails independently. With ' +
    `Accept: ${NDJSON_TYPE} each result is a separate line, sent as soon as it is known, in no particular order. ` +
    'Cache-Control applies to each item, X-Request-Deadline-Ms to all items together: an item that is not ' +
    'finished by then fails with 504.',
  answers: [
    {
      status: 200,
      description: 'One result per address, in the order of the request.',
      content: {
        'application/json': answerObject(
          {
            data: described('One result per address, in the order sent.', t.readonlyArray(batchItemAnswer)),
            meta: described('Summary of the batch.', batchMetaAnswer),
          },
          {},
        ),
        [NDJSON_TYPE]: batchItemAnswer,
      },
    },
  ],
  failsInParts: true,
};

/** Asks several items at a time and hands each over when it is known; stops when the caller has gone. */
const askAll = async (
  deps: Deps,
  batch: Batch,
  goOn: () => boolean,
  take: (item: BatchItem, index: number) => void | Promise<void>,
): Promise<void> => {
  const { addresses } = batch.body;
  let next = 0;
  const oneAfterTheOther = async (): Promise<void> => {
    while (next < addresses.length && goOn()) {
      const index = next++;
      await take(await askOne(deps, batch, index), index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, addresses.length) }, oneAfterTheOther));
};

const askOne = async ({ application, clock }: Deps, batch: Batch, index: number): Promise<BatchItem> => {
  const { ctx, body, exchange } = batch;
  const asked = { index, address: body.addresses[index] };
  const text = decode(address, asked.address);
  if (isLeft(text)) {
    const problems = text.left.problems.map(({ detail }) => ({ pointer: `/addresses/${index}`, detail }));
    return failedItem(asked, { kind: 'invalid-input', problems }, ctx.correlationId, clock.now());
  }
  try {
    const request = geocodeRequestOf(text.right, body.hints);
    const options = withTimeLeft(batch.options, clock.monotonic() - batch.startedAt);
    const answered = await application.queries.geocodeAddress(ctx, { request, options });
    return isLeft(answered)
      ? failedItem(asked, answered.left, ctx.correlationId, clock.now())
      : answeredItem(asked, answered.right, ctx.correlationId);
  } catch (error) {
    return failedItem(asked, noteUnexpected(exchange, error), ctx.correlationId, clock.now());
  }
};

/** Without any time left an item is still looked up in the cache, but no provider is asked. */
const withTimeLeft = (options: CallOptions, spentMs: number): CallOptions =>
  options.deadlineMs === undefined
    ? options
    : { ...options, deadlineMs: Math.max(0, options.deadlineMs - spentMs) };

const collected = async (deps: Deps, batch: Batch): Promise<Reply> => {
  const items: BatchItem[] = [];
  const { res } = batch.exchange;
  await askAll(
    deps,
    batch,
    () => !res.closed,
    (item, index) => {
      items[index] = item;
    },
  );
  return json(200, { data: items, meta: batchMetaOf(items, batch.ctx.correlationId) });
};

const streamed = (deps: Deps, batch: Batch): Reply => ({
  status: 200,
  headers: ['Content-Type', NDJSON_TYPE, ...NO_STORE],
  stream: (sink) => askAll(deps, batch, sink.isOpen, (item) => sink.write(`${JSON.stringify(item)}\n`)),
});
