import { expect } from 'chai';
import fc from 'fast-check';
import { ifMatch, isForbidden } from './course.ts';
import { put, type KnownWebhook, type Rotated } from './course-party.ts';
import { asker, condition, key, step, thing, type Step } from './course-step.ts';
import { MANAGE, meant } from './course-webhooks.ts';

type Shown = { readonly webhook_token?: string; readonly secret_key?: string };

/** The tokens or secrets accepted beside the new one: the previous ones, for the overlap, up to the number kept. */
const rotated = (
  all: readonly Rotated[],
  text: string,
  overlap: number,
  most: number,
): readonly Rotated[] => [
  { text, isTaken: true },
  ...all.map((one, n) => ({ ...one, isTaken: one.isTaken && overlap > 0 && n < most - 1 })),
];

/** `shown`: the member of the answer that holds the new token or secret. */
const rotates = (
  name: string,
  path: string,
  shown: keyof Shown,
  next: (hook: KnownWebhook, fresh: string, overlap: number) => Partial<KnownWebhook>,
) =>
  step(
    name,
    fc.record({ by: asker, key, of: thing, version: condition, overlap_seconds: fc.constantFrom(0, 3_600) }),
    async (course, party, { by, key: once, of, version, overlap_seconds }) => {
      const hook = meant(course, party, of);
      if (hook === undefined) return;
      const headers = ifMatch(version, hook.version);
      const asked = { by, scopes: MANAGE, id: hook.id, body: { overlap_seconds }, headers, key: once };
      const answer = await course.ask<Shown>(party, 'POST', path, asked);
      // Without an ETag, the rotation is carried out all the same.
      const sent = version === 'none' ? 'any' : version;
      if (answer === undefined || isForbidden(answer, party.webhooks.includes(hook), sent)) return;
      expect([answer.status, answer.headers.get('etag')]).to.deep.equal([201, `"${hook.version + 1}"`]);
      const fresh = answer.body.data[shown] ?? expect.fail('a new one is shown');
      put(party.webhooks, { ...hook, version: hook.version + 1, ...next(hook, fresh, overlap_seconds) });
    },
  );

const secret = rotates(
  'rotates a secret',
  '/webhooks/{id}/secrets',
  'secret_key',
  ({ secrets }, fresh, overlap) => ({ secrets: rotated(secrets, fresh, overlap, 8) }),
);
const address = rotates(
  'rotates an address',
  '/webhooks/{id}/token',
  'webhook_token',
  ({ tokens }, fresh, overlap) => ({ tokens: rotated(tokens, fresh, overlap, 2) }),
);

export const rotationSteps: readonly fc.Arbitrary<Step>[] = [secret, address];
