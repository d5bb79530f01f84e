import { expect } from 'chai';
import fc from 'fast-check';
import { ifMatch, isForbidden, expectProblem, otherThan, type Course } from './course.ts';
import { drop, nth, put, type KnownWebhook, type Party } from './course-party.ts';
import { asker, condition, key, step, thing, type Step } from './course-step.ts';
import { hmac, send } from './sending-webhook.ts';

const MANAGE = ['webhooks:manage'];
const status = fc.constantFrom('active', 'active', 'paused', 'disabled');

type Created = { readonly id: string; readonly webhook_token: string; readonly secret_key: string };
type Kept = { readonly external_id: string; readonly state: string };

const meant = (
  course: Course,
  party: Party,
  { n, isTheirs }: { readonly n: number; readonly isTheirs: boolean },
) => nth((isTheirs ? otherThan(course, party) : party).webhooks, n);

const creates = step(
  'makes a webhook',
  fc.record({ by: asker, key, wish: fc.record({ webhook_name: fc.uuid(), status }) }),
  async (course, party, { by, key: once, wish }) => {
    const body = { source_service: 'github', ...wish };
    const answer = await course.ask<Created>(party, 'POST', '/webhooks', {
      by,
      scopes: MANAGE,
      body,
      key: once,
    });
    if (answer === undefined) return;
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([201, '"1"']);
    const { id, webhook_token: token, secret_key: secret } = answer.body.data;
    party.webhooks.push({ id, token, secret, status: wish.status, version: 1, deliveries: [] });
  },
);

/** What was held goes out when its webhook is active again, ten a second. */
const released = ({ deliveries }: KnownWebhook, to: string): KnownWebhook['deliveries'] =>
  deliveries.map((one) =>
    to === 'active' && one.states.includes('held') ? { ...one, states: ['held', 'accepted'] } : one,
  );

const changes = step(
  'pauses, stops or resumes a webhook',
  fc.record({ by: asker, key, of: thing, version: condition, to: status }),
  async (course, party, { by, key: once, of, version, to }) => {
    const hook = meant(course, party, of);
    if (hook === undefined) return;
    const headers = ifMatch(version, hook.version);
    const asked = { by, scopes: MANAGE, id: hook.id, body: { status: to }, headers, key: once };
    const answer = await course.ask(party, 'PATCH', '/webhooks/{id}', asked);
    if (answer === undefined || isForbidden(answer, party.webhooks.includes(hook), version)) return;
    const next = hook.version + (to === hook.status ? 0 : 1);
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, `"${next}"`]);
    put(party.webhooks, { ...hook, status: to, version: next, deliveries: released(hook, to) });
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

const STATUSES: { readonly [status: string]: number | undefined } = { archived: 410, disabled: 403 };

const delivers = step(
  'is sent a delivery, or one again',
  fc.record({ n: fc.nat(3), id: fc.nat(3), isForged: fc.constantFrom(false, false, false, true) }),
  async (course, party, { n, id, isForged }) => {
    const hook = nth(party.webhooks, n);
    if (hook === undefined) return;
    const [body, guid] = ['{"action":"opened"}', `${hook.id}-${id}`];
    const secret = isForged ? 'of somebody else' : hook.secret;
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
    };
    const reply = await send(`${course.url}/webhooks/in/${hook.token}`, { headers, body });
    expect(reply.status).to.equal(STATUSES[hook.status] ?? (isForged ? 401 : 200));
    if (reply.status !== 200 || hook.deliveries.some((one) => one.guid === guid)) return;
    const state = hook.status === 'paused' ? 'held' : 'accepted';
    put(party.webhooks, { ...hook, deliveries: [...hook.deliveries, { guid, states: [state] }] });
  },
);

const reads = step(
  'reads what a webhook was sent',
  fc.record({ by: asker, of: thing }),
  async (course, party, { by, of }) => {
    const hook = meant(course, party, of);
    if (hook === undefined) return;
    const asked = { by, scopes: MANAGE, id: hook.id };
    const answer = await course.ask<readonly Kept[]>(party, 'GET', '/webhooks/{id}/deliveries', asked);
    if (answer === undefined) return;
    if (!party.webhooks.includes(hook)) return expectProblem(answer, 404, 'not-found');
    const expected = hook.deliveries.toReversed();
    const { data } = answer.body;
    expect(data.map(({ external_id }) => external_id)).to.deep.equal(expected.map(({ guid }) => guid));
    expected.forEach(({ states }, index) => expect(states).to.include(data[index]?.state));
  },
);

export const webhookSteps: readonly fc.Arbitrary<Step>[] = [
  creates,
  changes,
  removes,
  delivers,
  delivers,
  reads,
];
