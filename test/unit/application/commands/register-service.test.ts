import { expect } from 'chai';
import { registerService } from '../../../../src/application/commands/register-service.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../../../support/an-external-service.ts';
import {
  answerOf,
  commandFixture,
  failureOf,
  PLANTED_API_KEY,
  PLANTED_CREDENTIALS,
  pointersOf,
  someFields,
} from '../../../support/command-fixture.ts';

describe('registering a service', () => {
  it('stores it for the tenant who asks, with unknown health, and returns what was stored', async () => {
    const { deps, unitOfWork, invalidated } = commandFixture();
    const service = await answerOf(registerService(deps)(aContext(), { fields: someFields() }));
    const { apiKey: _key, ...plain } = someFields();
    expect(service).to.deep.include({
      ...plain,
      id: anId(1_000),
      tenantId: TENANT,
      healthStatus: 'unknown',
      lastHealthCheck: undefined,
      version: 1,
      createdAt: NOON,
      updatedAt: NOON,
    });
    expect(unitOfWork.services()).to.deep.equal([service]);
    expect(invalidated).to.deep.equal([TENANT]);
  });

  it('tells the bus once', async () => {
    const { deps, unitOfWork } = commandFixture();
    await answerOf(registerService(deps)(aContext(), { fields: someFields() }));
    expect(unitOfWork.events()).to.deep.equal([
      {
        id: anId(1_001),
        type: 'integration.service.registered',
        tenantId: TENANT,
        subject: anId(1_000),
        time: NOON,
        correlationId: 'req-1',
        data: {
          service_id: anId(1_000),
          service_name: 'google_maps',
          service_type: 'geocoding',
          priority: 100,
        },
      },
    ]);
  });

  it('seals secrets to their tenant, row and field, and shows them nowhere', async () => {
    const { deps, unitOfWork, secretBox } = commandFixture();
    const fields = someFields({ credentials: PLANTED_CREDENTIALS });
    const service = await answerOf(registerService(deps)(aContext(), { fields }));
    const everything = JSON.stringify([service, unitOfWork.services(), unitOfWork.events()]);
    expect(everything).to.not.include('PLANTED');
    expect(service.apiKey?.hint).to.equal(PLANTED_API_KEY.slice(-4));
    expect(service.credentials?.hint).to.equal('');
    const binding = { tenantId: TENANT, rowId: service.id };
    const open = (envelope: string | undefined, field: string) =>
      secretBox.open(envelope ?? '', { ...binding, field });
    expect(open(service.apiKey?.envelope, 'api_key')).to.deep.equal(right(PLANTED_API_KEY));
    expect(open(service.credentials?.envelope, 'credentials')).to.deep.equal(right(PLANTED_CREDENTIALS));
  });

  it('shows no hint of a short key', async () => {
    const { deps } = commandFixture();
    const service = await answerOf(
      registerService(deps)(aContext(), { fields: someFields({ apiKey: 'short' }) }),
    );
    expect(service.apiKey?.hint).to.equal('');
  });

  it('names every problem at once, by its place, and stores nothing', async () => {
    const { deps, unitOfWork } = commandFixture();
    const fields = someFields({
      serviceName: 'Bad Name',
      serviceType: 'spreadsheet',
      displayName: ' ',
      baseUrl: 'https://internal.test',
      apiKey: 'lone surrogate \ud800',
      config: { routes_base_url: 'https://internal.test/x', 'a/b~_url': 7, timeout_ms: 5 },
      limits: { minute: -1, hour: 1.5, day: Number.NaN, month: 2 ** 31 },
      priority: Number.POSITIVE_INFINITY,
      fallbackServiceId: anId(404),
    });
    const failure = await failureOf(registerService(deps)(aContext(), { fields }));
    expect(pointersOf(failure)).to.have.members([
      '/service_name',
      '/provider',
      '/display_name',
      '/api_key',
      '/priority',
      '/rate_limit_per_minute',
      '/rate_limit_per_hour',
      '/rate_limit_per_day',
      '/rate_limit_per_month',
      '/base_url',
      '/config/routes_base_url',
      '/config/a~1b~0_url',
      '/config/timeout_ms',
      '/fallback_service_id',
    ]);
    expect([unitOfWork.services(), unitOfWork.events()]).to.deep.equal([[], []]);
  });

  it('looks up none of the addresses when there are more than any provider has, since others wait for the resolver', async () => {
    const { deps } = commandFixture();
    const asked: string[] = [];
    const check = async (url: string) => {
      asked.push(url);
      return right(undefined);
    };
    const config = Object.fromEntries(
      Array.from({ length: 11 }, (_, n) => [`n${n}_url`, `https://n${n}.test`]),
    );
    const registered = (fields: ReturnType<typeof someFields>) =>
      registerService({ ...deps, outboundPolicy: { check } })(aContext(), { fields });
    const failure = await failureOf(registered(someFields({ config })));
    expect(failure).to.deep.equal({
      kind: 'invalid-input',
      problems: [{ pointer: '/config', detail: 'at most 10 addresses, whose names end in _url' }],
    });
    expect(asked).to.deep.equal([]);
    const { n10_url: _more, ...ten } = config;
    await answerOf(registered(someFields({ config: ten })));
    expect(asked).to.have.length(10);
  });

  it('adds what it finds to what was found before, says nothing twice, and stores nothing', async () => {
    const { deps, unitOfWork } = commandFixture();
    const wrong = ['/service_type', '/base_url', '/config/deep', ''].map((pointer) => ({
      pointer,
      detail: 'x',
    }));
    const fields = someFields({
      baseUrl: 'https://internal.test',
      config: { routes_base_url: 'https://internal.test' },
      provider: 'google_sheets',
      displayName: ' ',
      fallbackServiceId: anId(404),
    });
    const failure = await failureOf(registerService(deps)(aContext(), { fields, wrong }));
    expect(pointersOf(failure)).to.deep.equal([
      '/service_type',
      '/base_url',
      '/config/deep',
      '',
      '/display_name',
      '/fallback_service_id',
    ]);
    const good = await failureOf(registerService(deps)(aContext(), { fields: someFields(), wrong }));
    expect(pointersOf(good)).to.have.length(4);
    expect([unitOfWork.services(), unitOfWork.events()]).to.deep.equal([[], []]);
  });

  it('says nothing of the type of a fallback where the type asked for is wrong', async () => {
    const { deps, unitOfWork } = commandFixture();
    const sheets = anExternalService({ serviceType: 'spreadsheet', provider: 'google_sheets' });
    unitOfWork.put(sheets);
    const fields = someFields({ fallbackServiceId: sheets.id });
    const wrong = [{ pointer: '/service_type', detail: 'x' }];
    expect(pointersOf(await failureOf(registerService(deps)(aContext(), { fields, wrong })))).to.deep.equal([
      '/service_type',
    ]);
    expect(pointersOf(await failureOf(registerService(deps)(aContext(), { fields })))).to.deep.equal([
      '/fallback_service_id',
    ]);
  });

  it('refuses a name that the tenant has, and not one that another has', async () => {
    const { deps, unitOfWork } = commandFixture();
    unitOfWork.put(anExternalService({ serviceName: 'google_maps', tenantId: OTHER_TENANT }));
    await answerOf(registerService(deps)(aContext(), { fields: someFields() }));
    expect(await failureOf(registerService(deps)(aContext(), { fields: someFields() }))).to.deep.equal({
      kind: 'name-taken',
      serviceName: 'google_maps',
    });
    expect(unitOfWork.events()).to.have.length(1);
  });

  const fallbacks: readonly (readonly [string, string, RegExp])[] = [
    ['is missing', anId(404), /no such service/],
    ['is another tenant’s', anId(7), /no such service/],
    ['is of another type', anId(8), /must be a geocoding service/],
    ['is no id at all', "'; drop table", /no such service/],
  ];
  for (const [words, fallbackServiceId, detail] of fallbacks)
    it(`refuses a fallback that ${words}`, async () => {
      const { deps, unitOfWork } = commandFixture();
      unitOfWork.put(
        anExternalService({ id: anId(7), tenantId: OTHER_TENANT }),
        anExternalService({ id: anId(8), serviceType: 'spreadsheet', provider: 'google_sheets' }),
      );
      const fields = someFields({ fallbackServiceId });
      const failure = await failureOf(registerService(deps)(aContext(), { fields }));
      expect(pointersOf(failure)).to.deep.equal(['/fallback_service_id']);
      expect(JSON.stringify(failure)).to.match(detail);
    });

  it('takes a fallback that is the tenant’s own and of its type', async () => {
    const { deps, unitOfWork } = commandFixture();
    unitOfWork.put(aBareService());
    const fields = someFields({ fallbackServiceId: anId(2) });
    const service = await answerOf(registerService(deps)(aContext(), { fields }));
    expect(service.fallbackServiceId).to.equal(anId(2));
  });

  it('passes the loss of the database on', async () => {
    const { deps, unitOfWork } = commandFixture();
    unitOfWork.before = () => Promise.reject(new Error('away'));
    const failure = await registerService(deps)(aContext(), { fields: someFields() }).catch(
      (e: unknown) => e,
    );
    expect(failure).to.be.instanceOf(Error);
  });
});
