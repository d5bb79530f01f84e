import { expect } from 'chai';
import {
  aCommandConsumer,
  aCommandMessage,
  type ConsumerUnderTest,
} from '../../../support/a-command-consumer.ts';
import { idempotencyKey } from '../../../../src/domain/idempotency/idempotency-key.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { anExternalService, anId } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

const serviceId = anExternalService().id;

/** A command, and the equivalent HTTP request. */
const twins: readonly {
  readonly type: string;
  readonly path: string;
  readonly commandBody: unknown;
  /** Where the route has in its path what the command has in its body. */
  readonly method?: string;
  readonly routeBody?: unknown;
}[] = [
  {
    type: 'integration.command.sheets.read',
    method: 'GET',
    path: `/sheets/sheet-1/values/${encodeURIComponent("'Заявки'!A1:B2")}?major_dimension=COLUMNS&pad=true`,
    commandBody: {
      spreadsheet_id: 'sheet-1',
      range: "'Заявки'!A1:B2",
      major_dimension: 'COLUMNS',
      pad: true,
    },
    routeBody: undefined,
  },
  {
    type: 'integration.command.sheets.write',
    method: 'PUT',
    path: '/sheets/sheet-1/values/A1',
    commandBody: { spreadsheet_id: 'sheet-1', range: 'A1', values: [['a', 1]] },
    routeBody: { values: [['a', 1]] },
  },
  {
    type: 'integration.command.sheets.append',
    path: '/sheets/sheet-1/values/A1/append',
    commandBody: { spreadsheet_id: 'sheet-1', range: 'A1', values: [['a'], [null]], insert_data_option: 'X' },
    routeBody: { values: [['a'], [null]], insert_data_option: 'X' },
  },
  {
    type: 'integration.command.sheets.batch_update',
    path: '/sheets/sheet-1/values/batch-update',
    commandBody: { spreadsheet_id: 'sheet-1', data: [{ range: 'A1', values: [['a']] }] },
    routeBody: { data: [{ range: 'A1', values: [['a']] }] },
  },
  {
    type: 'integration.command.geocode',
    path: '/geocoding/geocode',
    commandBody: { address: 'Ташкент', language: 'ru', limit: 2 },
  },
  { type: 'integration.command.geocode', path: '/geocoding/geocode', commandBody: { address: 'nowhere' } },
  { type: 'integration.command.geocode', path: '/geocoding/geocode', commandBody: { address: 7, more: 1 } },
  {
    type: 'integration.command.reverse_geocode',
    path: '/geocoding/reverse',
    commandBody: { latitude: 41.31, longitude: 69.24 },
  },
  {
    type: 'integration.command.reverse_geocode',
    path: '/geocoding/reverse',
    commandBody: { latitude: 91, longitude: 69.24 },
  },
  {
    type: 'integration.command.distance',
    path: '/geocoding/distance',
    commandBody: { origin: 'Ташкент', destination: { latitude: 41, longitude: 69 }, mode: 'driving' },
  },
  {
    type: 'integration.command.distance',
    path: '/geocoding/distance',
    commandBody: { origin: 'nowhere', destination: 'Ташкент' },
  },
  {
    type: 'integration.command.cache.invalidate',
    path: '/cache/invalidations',
    commandBody: { service_name: 'google_maps', operation: 'geocode' },
  },
  { type: 'integration.command.cache.invalidate', path: '/cache/invalidations', commandBody: { tag: '' } },
  {
    type: 'integration.command.service.probe',
    path: `/services/${serviceId}/health-checks`,
    commandBody: { service_id: serviceId.toUpperCase() },
  },
  {
    type: 'integration.command.service.probe',
    path: `/services/${anId(77)}/health-checks`,
    commandBody: { service_id: anId(77) },
  },
];

describe('the answer to a command', () => {
  let server: RunningServer;
  let sut: ConsumerUnderTest;
  beforeEach(async () => {
    server = await startHttpServer();
    server.application.services.set(serviceId, anExternalService());
    sut = aCommandConsumer();
  });
  afterEach(() => server.http.close(0));

  for (const { type, method = 'POST', path, commandBody, ...twin } of twins)
    it(`is that of ${method} ${path}: ${type} with ${JSON.stringify(commandBody)}`, async () => {
      const http = await server.ask(method, path, {
        body: 'routeBody' in twin ? twin.routeBody : commandBody,
        headers: { 'x-request-id': 'c-1' },
      });
      const settlement = await sut.consume(
        aCommandMessage({ type, body: commandBody, correlationId: 'c-1' }),
      );
      if (!('reply' in settlement)) throw new Error(settlement.kind);
      const { status, contentType, body } = settlement.reply;
      expect({ status, contentType: contentType ?? null, body }).to.deep.equal({
        status: http.status,
        contentType: http.headers.get('content-type'),
        body: await http.text(),
      });
      expect(settlement.kind).to.equal(http.ok ? 'done' : 'parked');
    });

  it('is given for a write under the id of its message, which no key over HTTP can be', async () => {
    const { keys } = sut.application;
    const body = { spreadsheet_id: 'sheet-1', range: 'A1', values: [['a']] };
    await sut.consume(aCommandMessage({ type: 'integration.command.sheets.append', body, messageId: 'm-1' }));
    expect(keys).to.deep.equal([' m-1']);
    expect(isLeft(idempotencyKey(' m-1'))).to.equal(true);
  });

  it('names the service that a probe needs', async () => {
    const type = 'integration.command.service.probe';
    const settlement = await sut.consume(aCommandMessage({ type, body: { service_id: 'no id' } }));
    if (!('reply' in settlement)) throw new Error(settlement.kind);
    expect((JSON.parse(settlement.reply.body) as { errors: unknown }).errors).to.deep.equal([
      { pointer: '/service_id', detail: 'must be a UUID' },
    ]);
  });
});
