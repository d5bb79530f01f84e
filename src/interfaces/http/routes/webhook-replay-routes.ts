import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { MOST_REPLAYED, MOST_RUNNING_REPLAYS } from '../../../domain/webhook/delivery/replay.ts';
import { jsonBody, noBody, optional } from '../body-rule.ts';
import { noQuery, pageQuery } from '../../wire/codecs/query-codecs.ts';
import { replayDeliveryBody, startReplayBody } from '../../wire/codecs/replay-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { replayedHeaders } from '../middleware/idempotency-key.ts';
import { onceEndpoint } from '../once-endpoint.ts';
import { dataAnswer, pageAnswer } from '../openapi/answers.ts';
import { replayAnswer, replayCountAnswer, replayedAnswer, replayOf } from '../../wire/presenters/replay.ts';
import { json, ok } from '../../wire/reply.ts';

/** Publishing deliveries again. Reading needs a scope for reading, sending one for administration. */
export const webhookReplayRoutes = (application: Application): readonly Route[] => [
  replayOneRoute(application),
  startRoute(application),
  listRoute(application),
  readRoute(application),
  cancelRoute(application),
];

const location = (id: string) => ['Location', `/webhooks/replays/${id}`];
const begunHeaders = ['Location'] as const;

const replayOneRoute = ({ commands }: Application): Route =>
  onceEndpoint({
    method: 'post',
    path: '/webhooks/deliveries/{id}/replay',
    scopes: ['webhooks:manage'],
    query: noQuery,
    body: optional(jsonBody(replayDeliveryBody)),
    idOf: 'delivery',
    docs: {
      operationId: 'replayDelivery',
      tag: 'Webhooks',
      summary: 'Publish a delivery again',
      description:
        'Publishes a new event with its own id and the same `delivery_id`. This also publishes a delivery that was held or filtered; spooled ones and handshakes are refused (409).',
      answers: [
        dataAnswer('The event is in the outbox.', replayedAnswer, { status: 202, headers: begunHeaders }),
      ],
      problems: [409],
    },
    command: commands.replayDelivery,
    asked: ({ id, body: { reason } }) => right({ id, reason }),
    reply: ({ replay, eventId }) =>
      json(202, { data: { ...replayOf(replay), event_id: eventId } }, location(replay.id)),
  });

const startRoute = ({ commands, queries }: Application): Route =>
  tenantEndpoint({
    method: 'post',
    path: '/webhooks/replays',
    scopes: ['webhooks:manage'],
    query: noQuery,
    body: jsonBody(startReplayBody),
    takesKey: true,
    docs: {
      operationId: 'startReplay',
      tag: 'Webhooks',
      summary: 'Publish deliveries again, by filter',
      description: `Publishes the deliveries that the filter matches now, oldest first, at most ${MOST_REPLAYED}. With \`dry_run\` only their number is returned. At most ${MOST_RUNNING_REPLAYS} replays of a tenant run at a time; a further one is refused (409).`,
      answers: [
        dataAnswer('How many deliveries would be published.', replayCountAnswer),
        dataAnswer('The replay has started.', replayAnswer, { status: 202, headers: begunHeaders }),
      ],
      problems: [409],
    },
    handle: async ({ ctx, key, body: { isDryRun, ...asked } }) => {
      if (isDryRun) {
        const count = await queries.countReplayable(ctx, asked);
        return isLeft(count) ? count : right(ok({ count: count.right, limit: MOST_REPLAYED }));
      }
      const started = await commands.startReplay(ctx, { key, query: asked });
      if (isLeft(started)) return started;
      const { answer } = started.right;
      const headers = [...location(answer.id), ...replayedHeaders(started.right)];
      return right(json(202, { data: replayOf(answer) }, headers));
    },
  });

const reading = { method: 'get', scopes: ['webhooks:read', 'webhooks:manage'], body: noBody } as const;

const listRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/webhooks/replays',
    scopes: reading.scopes,
    query: pageQuery,
    docs: {
      operationId: 'listReplays',
      tag: 'Webhooks',
      summary: 'List replays with their progress, newest first',
      description: 'Kept for 30 days after their end.',
      answers: [pageAnswer('One page.', replayAnswer)],
    },
    find: ({ ctx, query }) => queries.listReplays(ctx, query),
    present: replayOf,
  });

const readRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...reading,
    path: '/webhooks/replays/{id}',
    query: noQuery,
    idOf: 'replay',
    docs: {
      operationId: 'readReplay',
      tag: 'Webhooks',
      summary: 'Read a replay with its progress',
      answers: [dataAnswer('The replay.', replayAnswer)],
    },
    handle: async ({ ctx, id }) => {
      const found = await queries.getReplay(ctx, { id });
      return isLeft(found) ? found : right(ok(replayOf(found.right)));
    },
  });

const cancelRoute = ({ commands }: Application): Route =>
  onceEndpoint({
    method: 'delete',
    path: '/webhooks/replays/{id}',
    scopes: ['webhooks:manage'],
    query: noQuery,
    body: noBody,
    idOf: 'replay',
    docs: {
      operationId: 'cancelReplay',
      tag: 'Webhooks',
      summary: 'Stop a replay',
      description:
        'Events already sent stay sent; none is sent after the answer. A replay that has ended is not changed.',
      answers: [dataAnswer('The replay as it is now.', replayAnswer)],
    },
    command: commands.cancelReplay,
    asked: ({ id }) => right({ id }),
    reply: (replay) => ok(replayOf(replay)),
  });
