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
      summary: 'Ask what would become of a request',
      description:
        'Judged as a delivery is, with the reason that its sender never hears. Nothing is stored, published or counted; rates are not looked at. `token`, of the address, is needed where `public_url` names it. A body is `body` (text) or `body_base64`.',
      answers: [dataAnswer('The verdict.', trialAnswer)],
    },
    handle: async ({ ctx, id, body: { value: sample, wrong } }) => {
      const trial = await queries.tryDelivery(ctx, { id, sample, wrong });
      return isLeft(trial) ? trial : right(ok(trialOf(trial.right)));
    },
  }),
];
