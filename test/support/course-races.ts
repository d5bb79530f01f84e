import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ifMatch } from './course.ts';
import { nth, put, type KnownService, type KnownToken } from './course-party.ts';
import { step, type Step } from './course-step.ts';

/** Of two administrators who saw the same version, one succeeds in changing it; the other is told of the conflict. */
const changes = step(
  'changes a service twice at once',
  fc.record({ n: fc.nat(3), isAnyVersion: fc.boolean() }),
  async (course, party, { n, isAnyVersion }) => {
    const service = nth(party.services, n);
    if (service === undefined) return;
    const headers = ifMatch(isAnyVersion ? 'any' : 'right', service.version);
    const wishes = [1, 2].map((more) => ({ priority: (service.priority + more) % 3 }));
    const asked = { scopes: [], id: service.id, headers };
    const answers = await Promise.all(
      wishes.map((body) => course.ask<KnownService>(party, 'PATCH', '/services/{id}', { ...asked, body })),
    );
    const statuses = answers.map((answer) => answer?.status ?? 0).toSorted((a, b) => a - b);
    expect(statuses).to.deep.equal([200, isAnyVersion ? 200 : 412]);
    const versions = answers.flatMap((answer) =>
      answer?.status === 200 ? [answer.headers.get('etag')] : [],
    );
    const made = versions.map((_, index) => `"${service.version + 1 + index}"`);
    expect(versions).to.have.members(made);
    const last = answers[answers.findIndex((answer) => answer?.headers.get('etag') === made.at(-1))];
    const { priority } = last?.body.data ?? service;
    put(party.services, { ...service, priority, version: service.version + made.length });
  },
);

/**
 * A request sent twice at the same time under one key is carried out once; the other one gets the same answer or 409.
 */
const issues = step('issues a token twice at once', fc.constant(undefined), async (course, party) => {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { name: 'token', scopes: ['geocoding'] };
  const ask = () => course.ask<KnownToken>(party, 'POST', '/tokens', { scopes: [], body, headers });
  const answers = await Promise.all([ask(), ask()]);
  for (const answer of answers) expect(answer?.status).to.be.oneOf([201, 409]);
  const made = answers.flatMap((answer) => (answer?.status === 201 ? [answer.body.data] : []));
  const [first = expect.fail('one of them is issued')] = made;
  expect(made.map(({ id, token }) => [id, token])).to.deep.equal(made.map(() => [first.id, first.token]));
  party.tokens.push(first);
});

export const raceSteps: readonly fc.Arbitrary<Step>[] = [changes, issues];
