import type { Application } from '../../src/application/application.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import { anId, TENANT } from './an-external-service.ts';
import { aWebhook } from './a-webhook.ts';

/**
 * Admits and accepts what is sent to the token `known`; answers the GET challenge at `greeting`. Steps can be replaced
 * one by one.
 */
export const fakeIngest = (): Application['ingest'] => ({
  admit: async (arrival) =>
    arrival.token === 'known'
      ? right({
          arrival,
          tokenHash: 'h',
          found: { config: aWebhook(), address: 'current' },
          mostBytes: 1_024,
          verdict: 'admitted',
          probationMs: undefined,
        })
      : left({ refusal: { kind: 'unknown-address' }, source: undefined }),
  accept: async ({ found }) =>
    right({
      deliveryId: anId(1),
      source: found.config.sourceService,
      outcome: 'accepted',
      handshake: undefined,
      response: undefined,
    }),
  answerHandshake: async ({ token }) => {
    if (token === 'known') return left('no-handshake');
    const answer = { status: 200, contentType: 'text/plain; charset=utf-8', body: '1158201444' } as const;
    return token === 'greeting'
      ? right({ tenantId: TENANT, answer })
      : left({ refusal: { kind: 'unknown-address' }, source: undefined });
  },
  refuse: ({ found }, refusal) => ({ refusal, source: found.config.sourceService }),
  unavailable: () => ({ refusal: { kind: 'storage-unavailable' }, source: undefined }),
  bodyRead: () => undefined,
});
