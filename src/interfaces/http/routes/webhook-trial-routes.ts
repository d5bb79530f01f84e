import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { sampleBody } from '../../wire/codecs/sample-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { judgedBody } from '../judged-body.ts';
import { dataAnswer } from '../openapi/answers.ts';
import { trialAnswer, trialOf } from '../webhooks/delivery-trial.ts';
import { ok } from '../../wire/reply.ts';

/** Needs the scope for administration: with unlimited trials, a secret that is a mere word could be guessed. */
export const webhookTrialRoutes = ({ queries }: Application): readonly Route[] => [
  tenantEndpoint({
    method: 'post',
    path: '/webhooks/{id}/test',
    scopes: ['webhooks:manage'],
    query: noQuery,
    body: judgedBody(sampleBody, { headers: [] }),
    idOf: 'webhook',
    docs: {
      operationId: 'tryDelivery',
      tag: 'Webhooks',
      summary: 'Test how a delivery would be handled',
      description:
        'The sample is checked like a real delivery, and the answer includes the reason of a refusal, which a sender is never told. Nothing is stored, published or counted; rate limits are not checked. `token`, from the address, is required if `public_url` contains it. Send the body as `body` (text) or `body_base64`.',
      answers: [dataAnswer('The verdict.', trialAnswer)],
    },
    handle: async ({ ctx, id, body: { value: sample, wrong } }) => {
      const trial = await queries.tryDelivery(ctx, { id, sample, wrong });
      return isLeft(trial) ? trial : right(ok(trialOf(trial.right)));
    },
  }),
];
