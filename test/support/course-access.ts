import { expect } from 'chai';
import fc from 'fast-check';
import { expectProblem, otherThan } from './course.ts';
import { nth, type KnownToken } from './course-party.ts';
import { asker, key, step, thing, type Step } from './course-step.ts';

const SCOPES = [
  'geocoding',
  'services:read',
  'services:manage',
  'cache:manage',
  'tokens:manage',
  'webhooks:manage',
  'sheets',
];
const scopes = fc.subarray(SCOPES, { minLength: 1 });

const issues = step('issues a token', fc.record({ by: asker, key, scopes }), async (course, party, asked) => {
  const holder = typeof asked.by === 'object' ? nth(party.tokens, asked.by.token) : undefined;
  const body = { name: 'token', scopes: asked.scopes };
  const answer = await course.ask<KnownToken>(party, 'POST', '/tokens', {
    by: asked.by,
    scopes: ['tokens:manage'],
    body,
    key: asked.key,
  });
  if (answer === undefined) return;
  if (holder !== undefined && asked.scopes.some((scope) => !holder.scopes.includes(scope)))
    return expectProblem(answer, 422, 'invalid-input');
  expect(answer.status).to.equal(201);
  party.tokens.push(answer.body.data);
});

const revokes = step(
  'revokes a token',
  fc.record({ by: asker, key, of: thing }),
  async (course, party, asked) => {
    const token = nth((asked.of.isTheirs ? otherThan(course, party) : party).tokens, asked.of.n);
    if (token === undefined) return;
    const wish = { by: asked.by, scopes: ['tokens:manage'], id: token.id, key: asked.key };
    const answer = await course.ask(party, 'DELETE', '/tokens/{id}', wish);
    if (answer === undefined) return;
    if (asked.of.isTheirs || party.revoked.has(token.id)) return expectProblem(answer, 404, 'not-found');
    expect(answer.status).to.equal(204);
    party.revoked.add(token.id);
  },
);

type Listed = { readonly id: string; readonly revoked_at: string | null };

const lists = step('lists its tokens', fc.record({ by: asker }), async (course, party, { by }) => {
  const asked = { by, scopes: ['tokens:manage'], query: 'limit=200' };
  const answer = await course.ask<readonly Listed[]>(party, 'GET', '/tokens', asked);
  if (answer === undefined) return;
  const expected = party.tokens.toReversed().map(({ id }) => [id, party.revoked.has(id)]);
  expect(answer.body.data.map(({ id, revoked_at }) => [id, revoked_at !== null])).to.deep.equal(expected);
});

export const accessSteps: readonly fc.Arbitrary<Step>[] = [issues, issues, revokes, lists];
