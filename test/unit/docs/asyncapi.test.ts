import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { commandTypes } from '../../../src/application/command-queue.ts';
import { integrationEventTypes } from '../../../src/domain/shared/integration-event.ts';
import { toCloudEvent } from '../../../src/infrastructure/events/cloud-event.ts';
import { webhookEventText } from '../../../src/infrastructure/events/webhook-event-text.ts';
import { eventOptions } from '../../../src/infrastructure/rabbitmq/event-message.ts';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import { invalidationBody } from '../../../src/interfaces/wire/codecs/cache-codecs.ts';
import {
  distanceBody,
  geocodeBody,
  reverseBody,
} from '../../../src/interfaces/wire/codecs/geocoding-codecs.ts';
import { readCommand } from '../../../src/interfaces/wire/codecs/sheets-codecs.ts';
import {
  appendCommand,
  batchUpdateCommand,
  writeCommand,
} from '../../../src/interfaces/wire/codecs/sheets-write-codecs.ts';
import { schemaWriter } from '../../../src/interfaces/http/openapi/schema-of.ts';
import { aDelivery } from '../../support/a-received-delivery.ts';
import { anEvent } from '../../support/a-recorded-call.ts';
import { anId } from '../../support/an-external-service.ts';
import {
  asyncApi,
  eventProblems,
  messagesOf,
  payloadProblems,
  schemaProblems,
} from '../../support/asyncapi.ts';

const about = { log_id: anId(1), service_name: 'google_maps', operation: 'geocode' };
const finished = {
  ...about,
  duration_ms: 41,
  status_code: 200,
  cost: { amount: '0.005', currency: 'USD' },
  attempts: [{ provider: 'google_maps', service_name: 'google_maps', outcome: 'ok', duration_ms: 40 }],
};
const health = {
  service_id: anId(2),
  service_name: 'google_maps',
  from: 'healthy',
  to: 'degraded',
  reason: 'three in a row',
};
const examples = {
  'integration.service.registered': {
    service_id: anId(2),
    service_name: 'google_maps',
    service_type: 'geocoding',
    priority: 100,
  },
  'integration.request.sent': { ...about, attempt: 1 },
  'integration.request.completed': finished,
  'integration.request.failed': {
    ...finished,
    status_code: null,
    attempts: [],
    error: { kind: 'timeout', message: 'google_maps did not answer' },
  },
  'integration.webhook.received': {
    delivery_id: anId(3),
    webhook_id: anId(4),
    source: 'github',
    event_type: 'push',
    external_id: null,
    verification: { method: 'hmac-sha256', level: 'signed', secret_version: 1 },
    content_type: 'application/json',
    size: 2,
    sha256: 'a'.repeat(64),
    headers: { 'x-github-event': 'push' },
    received_at: '2026-11-22T12:00:00.000Z',
    sent_at: null,
    flags: ['replay_suspect'],
    replay: null,
    payload: {},
  },
  'integration.rate_limit.exceeded': {
    service_name: 'google_maps',
    window_type: 'minute',
    limit: 60,
    used: 60,
    resets_at: '2026-11-22T12:00:00.000Z',
  },
  'integration.cache.hit': { ...about, layer: 'l1', age_seconds: 3 },
  'integration.cache.miss': { ...about, reason: 'cold' },
  'integration.health.degraded': health,
  'integration.health.recovered': { ...health, from: 'unhealthy', to: 'healthy' },
} satisfies Record<(typeof integrationEventTypes)[number], object>;

const anExample = (type: (typeof integrationEventTypes)[number], change: object = {}) =>
  toCloudEvent(anEvent({ type, data: { ...examples[type], ...change } }));

describe('docs/asyncapi.yaml', () => {
  it('is an AsyncAPI 3.0 document', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    addFormats.default(ajv);
    const validate = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);
    expect(validate(asyncApi), JSON.stringify(validate.errors?.slice(0, 5))).to.equal(true);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    const missing = references.filter(
      (path) =>
        path
          .split('/')
          .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], asyncApi) ===
        undefined,
    );
    expect(references.length).to.be.greaterThan(50);
    expect(missing).to.deep.equal([]);
  });

  it('has every type of event, and none besides', () => {
    for (const channel of ['events', 'unroutedEvents'])
      expect([...messagesOf(channel).keys()]).to.have.members([...integrationEventTypes]);
  });

  it('has every command, and none besides', () => {
    expect([...messagesOf('commands').keys()]).to.have.members([...commandTypes]);
  });

  for (const type of integrationEventTypes) {
    it(`describes ${type}: a whole one fits, one without any of its fields does not`, () => {
      expect(eventProblems(anExample(type))).to.deep.equal([]);
      for (const field of Object.keys(examples[type]))
        expect(eventProblems(anExample(type, { [field]: undefined })), field).not.to.deep.equal([]);
    });
  }

  it('shows an example of every event and command, which its own schema takes', () => {
    for (const type of integrationEventTypes) {
      const [example, ...others] = messagesOf('events').get(type)?.examples ?? [];
      expect(eventProblems(example?.payload), type).to.deep.equal([]);
      expect(example?.payload, type).to.have.property('type', type);
      expect(others, type).to.deep.equal([]);
    }
    for (const type of commandTypes) {
      const [example] = messagesOf('commands').get(type)?.examples ?? [];
      expect(payloadProblems(type, example?.payload), type).to.deep.equal([]);
      expect(schemaProblems('CommandHeaders', example?.headers), type).to.deep.equal([]);
    }
  });

  it('shows as the subject of an example what the service makes it', () => {
    const about = {
      'integration.request.completed': 'log_id',
      'integration.cache.miss': 'log_id',
      'integration.health.degraded': 'service_id',
      'integration.service.registered': 'service_id',
      'integration.webhook.received': 'delivery_id',
    } as const;
    const exampleOf = (type: string) =>
      messagesOf('events').get(type)?.examples?.[0]?.payload as CloudEvent | undefined;
    for (const [type, field] of Object.entries(about))
      expect(exampleOf(type)?.subject, type).to.equal(exampleOf(type)?.data[field]);
    // The first time a delivery goes out, its event has its id.
    const delivered = exampleOf('integration.webhook.received');
    expect(delivered?.id).to.equal(delivered?.subject);
    const { delivery, body, content } = aDelivery(7);
    const { head } = webhookEventText(delivery, body, content);
    expect(head).to.contain(`"id":"${delivery.id}"`).and.to.contain(`"subject":"${delivery.id}"`);
  });

  it('notices what no schema tells of, and what is not an event at all', () => {
    expect(eventProblems(anExample('integration.cache.miss', { surprise: 1 }))).to.deep.equal([
      '/data/surprise undocumented',
    ]);
    expect(
      eventProblems({ ...anExample('integration.cache.miss'), type: 'integration.cache.gone' }),
    ).to.deep.equal(['no event integration.cache.gone']);
    expect(eventProblems({ ...anExample('integration.cache.miss'), id: 'none' })).to.have.length(1);
    expect(eventProblems('text')).to.deep.equal(['no object']);
  });

  it('takes one way of carrying a payload, not two', () => {
    const both = anExample('integration.webhook.received', { payload_ref: '/webhooks/deliveries/1/body' });
    expect(eventProblems(both)).not.to.deep.equal([]);
  });

  it('describes the headers of an event as they are sent', () => {
    const event = anExample('integration.cache.miss') as unknown as CloudEvent;
    expect(schemaProblems('EventHeaders', eventOptions(event).headers)).to.deep.equal([]);
  });

  it('describes dead letters of ours and those of the broker itself, and none without a reason', () => {
    const ours = {
      'x-reason': 'invalid-input',
      'x-reason-detail': 'one value is not valid',
      'x-parked-at': '2026-11-27T09:30:00.000Z',
      'x-body-bytes': 2,
    };
    // As RabbitMQ writes it; of a time the library makes an object.
    const death = { reason: 'delivery_limit', queue: 'integration.commands', count: 1, exchange: '' };
    const brokers = { 'x-death': [{ ...death, time: { '!': 'timestamp', value: 1 } }] };
    for (const headers of [ours, { ...ours, 'x-attempt': 4 }, brokers])
      expect(schemaProblems('DeadCommandHeaders', headers)).to.deep.equal([]);
    for (const name of Object.keys(ours))
      expect(schemaProblems('DeadCommandHeaders', { ...ours, [name]: undefined }), name).not.to.deep.equal(
        [],
      );
    for (const headers of [{}, { 'x-death': [] }, { 'x-death': [{ queue: 'integration.commands' }] }])
      expect(schemaProblems('DeadCommandHeaders', headers)).not.to.deep.equal([]);
  });

  it('has for bodies of commands the schemas of the HTTP routes', () => {
    const writer = schemaWriter();
    const sheets = [readCommand, writeCommand, appendCommand, batchUpdateCommand];
    for (const codec of [geocodeBody, reverseBody, distanceBody, invalidationBody, ...sheets])
      writer.schemaOf(codec);
    const { schemas } = asyncApi.components;
    for (const [name, schema] of Object.entries(writer.components()))
      expect(schemas[name], name).to.deep.equal(schema);
  });

  it('fits commands that are good, and no others', () => {
    const good = {
      'integration.command.geocode': { address: 'Ташкент' },
      'integration.command.reverse_geocode': { latitude: 41.3, longitude: 69.2 },
      'integration.command.distance': { origin: 'Ташкент', destination: { latitude: 39.6, longitude: 66.9 } },
      'integration.command.cache.invalidate': {},
      'integration.command.service.probe': { service_id: anId(1) },
      'integration.command.sheets.read': { spreadsheet_id: 's', range: 'A1:B2' },
      'integration.command.sheets.write': {
        spreadsheet_id: 's',
        range: 'A1:B2',
        values: [['a', 1, null, true]],
      },
      'integration.command.sheets.append': { spreadsheet_id: 's', range: 'A1', values: [['a']] },
      'integration.command.sheets.batch_update': {
        spreadsheet_id: 's',
        data: [{ range: 'A1', values: [['a']] }],
      },
    } satisfies Record<(typeof commandTypes)[number], object>;
    for (const [type, body] of Object.entries(good)) {
      expect(payloadProblems(type, body), type).to.deep.equal([]);
      expect(payloadProblems(type, [body]), type).not.to.deep.equal([]);
    }
  });
});
