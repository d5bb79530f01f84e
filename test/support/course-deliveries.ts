import { expect } from 'chai';
import fc from 'fast-check';
import { expectProblem, type Course } from './course.ts';
import { nth, put, type KnownDelivery, type KnownWebhook, type Party } from './course-party.ts';
import { asker, step, thing, type Step } from './course-step.ts';
import { MANAGE, meant } from './course-webhooks.ts';
import { hmac, sendOnce, type Delivery } from './sending-webhook.ts';
import { until } from './until.ts';

type Kept = { readonly id: string; readonly external_id: string; readonly state: string };
type Trial = {
  readonly status: number | null;
  readonly state: string | null;
  readonly is_duplicate: boolean | null;
};

const STATUSES: { readonly [status: string]: number | undefined } = { archived: 410, disabled: 403 };

const isWanted = ({ event_types }: KnownWebhook, type: string): boolean =>
  event_types.length === 0 || event_types.some((one) => one.replace('.*', '') === type);

const stateOf = (hook: KnownWebhook, type: string): string => {
  if (!isWanted(hook, type)) return 'filtered';
  return hook.status === 'paused' ? 'held' : 'accepted';
};

/** The earlier delivery that this one repeats. A delivery that was unwanted and is wanted now is no repeat. */
const repeated = (hook: KnownWebhook, guid: string, type: string): KnownDelivery | undefined => {
  const last = hook.deliveries.findLast((one) => one.guid === guid);
  const wasUnwanted = last?.isUnwanted === true;
  return wasUnwanted && isWanted(hook, type) ? undefined : last;
};

/** `sent`: how many times it was sent before one was answered. */
const received = (hook: KnownWebhook, guid: string, type: string, sent: number): readonly KnownDelivery[] => {
  const before = repeated(hook, guid, type);
  if (before !== undefined) {
    const again = { ...before, answered: before.answered + 1, sent: before.sent + sent };
    return hook.deliveries.map((one) => (one === before ? again : one));
  }
  const state = stateOf(hook, type);
  const published = state === 'accepted' ? 1 : 0;
  const isUnwanted = state === 'filtered';
  const bounds = { answered: 1, sent, least: published, most: published };
  return [...hook.deliveries, { guid, type, isUnwanted, states: [state], ...bounds }];
};

const asSent = (type: string, guid: string, secret: string): Delivery & { readonly body: string } => {
  const body = type === 'issues' ? '{"action":"opened"}' : '{"ref":"main"}';
  const headers = {
    'content-type': 'application/json',
    'x-github-event': type,
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
  };
  return { headers, body };
};

/** A delivery that an overloaded machine answers with 503 may have been stored nevertheless. */
const sentUntilAnswered = async (
  url: string,
  delivery: Delivery,
): Promise<{ readonly status: number; readonly times: number }> => {
  let times = 0;
  const once = () => {
    times += 1;
    return sendOnce(url, delivery);
  };
  const { status } = await until(once, (reply) => reply.status !== 503);
  return { status, times };
};

const delivers = step(
  'is sent a delivery, or one again',
  fc.record({
    n: fc.constantFrom(0, 0, 0, 1, 2),
    id: fc.nat(3),
    type: fc.constantFrom('issues', 'issues', 'push'),
    secret: fc.constantFrom(0, 0, 0, 0, 1, 2, 'of somebody else' as const),
    token: fc.constantFrom(0, 0, 0, 1, 2),
    isTried: fc.boolean(),
    atOnce: fc.constantFrom(1, 1, 1, 3),
  }),
  async (course, party, { n, id, type, secret, token, isTried, atOnce }) => {
    const hook = nth(party.webhooks, n);
    if (hook === undefined) return;
    const guid = `${hook.id}-${type}-${id}`;
    const by = typeof secret === 'number' ? nth(hook.secrets, secret) : undefined;
    const sent = asSent(type, guid, by?.text ?? 'of somebody else');
    const address = nth(hook.tokens, token);
    const isProven = by?.isTaken === true;
    const status = STATUSES[hook.status] ?? (isProven ? 200 : 401);
    if (isTried) {
      const before = repeated(hook, guid, type);
      const body = { headers: Object.entries(sent.headers), body: sent.body };
      const asked = { scopes: MANAGE, id: hook.id, body };
      const trial = await course.ask<Trial>(party, 'POST', '/webhooks/{id}/test', asked);
      const refused = status === 200 ? undefined : { status };
      const state = stateOf(hook, type);
      const expected = refused ?? {
        status: null,
        is_duplicate: before !== undefined,
        ...(!before && { state }),
      };
      expect(trial?.body.data).to.deep.include(expected);
    }
    const url = `${course.url}/webhooks/in/${address?.text}`;
    const replies = await Promise.all(Array.from({ length: atOnce }, () => sentUntilAnswered(url, sent)));
    let now = hook;
    for (const reply of replies) {
      expect(reply.status).to.equal(address?.isTaken === true ? status : 404);
      if (reply.status === 200) now = { ...now, deliveries: received(now, guid, type, reply.times) };
    }
    put(party.webhooks, now);
  },
);

/** As shown to its owner, newest first; undefined if the credential has no right to read them. */
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
    const events = await course.heard(party.tenant);
    for (const [index, { least, most }] of expected.entries()) {
      const sent = events.filter((delivery) => delivery === data[index]?.id).length;
      expect(sent, 'events of a delivery').to.be.within(least, most);
    }
  },
);

/** The nth delivery of a webhook as stored, by its sender's id. */
const kept = async (course: Course, party: Party, hook: KnownWebhook, n: number) => {
  const known = nth(hook.deliveries, n);
  if (known === undefined) return undefined;
  const equals = hook.deliveries.filter(({ guid }) => guid === known.guid);
  const query = `external_id=${known.guid}`;
  const asked = { scopes: MANAGE, id: hook.id, query };
  const answer = await course.ask<readonly Kept[]>(party, 'GET', '/webhooks/{id}/deliveries', asked);
  const rows = answer?.body.data.toReversed() ?? [];
  expect(rows).to.have.lengthOf(equals.length);
  const row = rows[equals.indexOf(known)];
  return row && { known, row };
};

/** The delivery sent once more, and given to the bus if it was not before. */
const sentAgain = (one: KnownDelivery): KnownDelivery => ({
  ...one,
  states: ['accepted'],
  least: one.least + 1,
  most: one.most + 1,
});

const replays = step(
  'replays a delivery',
  fc.record({
    by: asker,
    n: fc.constantFrom(0, 0, 0, 1, 2),
    delivery: fc.nat(9),
    times: fc.constantFrom(1, 2),
  }),
  async (course, party, { by, n, delivery, times }) => {
    const hook = nth(party.webhooks, n);
    const found = hook && (await kept(course, party, hook, delivery));
    if (hook === undefined || found === undefined) return;
    const { known, row } = found;
    // The details of a repeated delivery report the sender's repeats.
    const details = await course.ask<{ readonly repeats: { readonly times: number } | null }>(
      party,
      'GET',
      '/webhooks/deliveries/{id}',
      { scopes: MANAGE, id: row.id },
    );
    const repeats = details?.body.data.repeats;
    if (repeats) expect(repeats.times).to.be.within(known.answered - 1, known.sent - 1);
    let now = known;
    for (let time = 0; time < times; time += 1) {
      const asked = { by, scopes: MANAGE, id: row.id, body: {}, key: `${row.id}-${known.most}` };
      const answer = await course.ask(party, 'POST', '/webhooks/deliveries/{id}/replay', asked);
      if (answer === undefined) continue;
      expect(answer.status).to.equal(202);
      now = sentAgain(now);
    }
    const events = (await course.heard(party.tenant)).filter((id) => id === row.id).length;
    expect(events, 'events of a delivery').to.be.within(now.least, now.most);
    put(party.webhooks, { ...hook, deliveries: hook.deliveries.map((one) => (one === known ? now : one)) });
  },
);

export const deliverySteps: readonly fc.Arbitrary<Step>[] = [
  delivers,
  delivers,
  delivers,
  delivers,
  reads,
  reads,
  replays,
];
