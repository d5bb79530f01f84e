import { expect } from 'chai';
import fc from 'fast-check';
import { ifMatch, isForbidden, otherThan, type Asker, type Course } from './course.ts';
import { drop, nth, put, type KnownWebhook, type Party } from './course-party.ts';
import { asker, condition, key, step, thing, type Step } from './course-step.ts';

export const MANAGE = ['webhooks:manage'];
const status = fc.constantFrom('active', 'active', 'active', 'paused', 'disabled');
const eventTypes = fc.constantFrom<readonly string[]>([], [], ['issues'], ['push', 'issues.*']);

type Created = { readonly id: string; readonly webhook_token: string; readonly secret_key: string };

export const meant = (
  course: Course,
  party: Party,
  { n, isTheirs }: { readonly n: number; readonly isTheirs: boolean },
): KnownWebhook | undefined => nth((isTheirs ? otherThan(course, party) : party).webhooks, n);

type Wish = {
  readonly webhook_name: string;
  readonly status: string;
  readonly event_types: readonly string[];
};
type Creation = { readonly by: Asker; readonly key: string | undefined; readonly wish: Wish };

const making = async (course: Course, party: Party, { by, key: once, wish }: Creation): Promise<void> => {
  const body = { source_service: 'github', ...wish };
  const asked = { by, scopes: MANAGE, body, key: once };
  const answer = await course.ask<Created>(party, 'POST', '/webhooks', asked);
  if (answer === undefined) return;
  expect([answer.status, answer.headers.get('etag')]).to.deep.equal([201, '"1"']);
  const { id, webhook_token, secret_key } = answer.body.data;
  const { status: now, event_types } = wish;
  const tokens = [{ text: webhook_token, isTaken: true }];
  const secrets = [{ text: secret_key, isTaken: true }];
  party.webhooks.push({ id, tokens, secrets, event_types, status: now, version: 1, deliveries: [] });
};

export const makesWebhook = (course: Course, party: Party): Promise<void> =>
  making(course, party, {
    by: 'administrator',
    key: undefined,
    wish: { webhook_name: 'the first', status: 'active', event_types: ['issues'] },
  });

const creates = step(
  'makes a webhook',
  fc.record({
    by: asker,
    key,
    wish: fc.record({ webhook_name: fc.uuid(), status, event_types: eventTypes }),
  }),
  making,
);

/** Deliveries that were held are released when their webhook is active again, ten a second. */
const released = ({ deliveries }: KnownWebhook, to: string): KnownWebhook['deliveries'] =>
  deliveries.map((one) =>
    to === 'active' && one.states.includes('held')
      ? { ...one, states: ['held', 'accepted'], most: one.most + 1 }
      : one,
  );

const changes = step(
  'pauses, stops or resumes a webhook',
  fc.record({
    by: asker,
    key,
    of: thing,
    version: condition,
    wish: fc.record({ status, event_types: eventTypes }, { requiredKeys: [] }),
  }),
  async (course, party, { by, key: once, of, version, wish }) => {
    const hook = meant(course, party, of);
    if (hook === undefined) return;
    const headers = ifMatch(version, hook.version);
    const asked = { by, scopes: MANAGE, id: hook.id, body: wish, headers, key: once };
    const answer = await course.ask(party, 'PATCH', '/webhooks/{id}', asked);
    if (answer === undefined || isForbidden(answer, party.webhooks.includes(hook), version)) return;
    const { status: to, event_types } = { ...hook, ...wish };
    const isOther = to !== hook.status || String(event_types) !== String(hook.event_types);
    const next = { status: to, event_types, version: hook.version + (isOther ? 1 : 0) };
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, `"${next.version}"`]);
    put(party.webhooks, { ...hook, ...next, deliveries: released(hook, to) });
  },
);

const removes = step(
  'archives or removes a webhook',
  fc.record({ by: asker, key, of: thing, version: condition }),
  async (course, party, { by, key: once, of, version }) => {
    const hook = meant(course, party, of);
    if (hook === undefined) return;
    const headers = ifMatch(version, hook.version);
    const asked = { by, scopes: MANAGE, id: hook.id, headers, key: once };
    const answer = await course.ask(party, 'DELETE', '/webhooks/{id}', asked);
    if (answer === undefined || isForbidden(answer, party.webhooks.includes(hook), version)) return;
    expect(answer.status).to.equal(204);
    if (hook.status === 'archived') drop(party.webhooks, hook);
    else put(party.webhooks, { ...hook, status: 'archived', version: hook.version + 1 });
  },
);

export const webhookSteps: readonly fc.Arbitrary<Step>[] = [creates, changes, removes];
