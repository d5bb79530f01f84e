import { expect } from 'chai';
import { changeService } from '../../../../src/application/commands/change-service.ts';
import type { ServicePatch } from '../../../../src/application/commands/service-patch.ts';
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
  pointersOf,
} from '../../../support/command-fixture.ts';

const fixture = () => {
  const rig = commandFixture();
  rig.clock.advance(1_000);
  const stored = anExternalService({ serviceName: 'google_maps', limits: { minute: 60, day: 2_000 } });
  rig.unitOfWork.put(stored, aBareService());
  const change = (patch: ServicePatch, { id = anId(1), expectedVersion = 1, tenant = TENANT } = {}) =>
    changeService(rig.deps)(aContext(tenant), { id, expectedVersion, patch });
  return { ...rig, stored, change };
};

describe('changing a service', () => {
  it('changes what the patch names, raises the version, and leaves everything else', async () => {
    const { change, stored, unitOfWork, invalidated } = fixture();
    const changed = await answerOf(change({ displayName: 'renamed', priority: 7 }));
    expect(changed).to.deep.equal({
      ...stored,
      displayName: 'renamed',
      priority: 7,
      version: 2,
      updatedAt: NOON + 1_000,
    });
    expect(unitOfWork.service(anId(1))).to.deep.equal(changed);
    expect(invalidated).to.deep.equal([TENANT]);
  });

  it('does not even change the version for a patch that leaves everything unchanged', async () => {
    const { change, stored, unitOfWork } = fixture();
    const same = [
      {},
      { limits: {} },
      { limits: { minute: 60, hour: null }, displayName: stored.displayName, config: stored.config },
    ];
    for (const patch of same) expect(await answerOf(change(patch))).to.deep.equal(stored);
    expect(unitOfWork.service(anId(1))).to.deep.equal(stored);
  });

  it('makes a version of a secret given again, and of one cleared', async () => {
    for (const apiKey of [PLANTED_API_KEY, null]) {
      const { change } = fixture();
      expect(await answerOf(change({ apiKey }))).to.include({ version: 2 });
    }
  });

  it('says of what is wrong as it is stored that it is, and what to send', async () => {
    const { deps, unitOfWork } = commandFixture();
    unitOfWork.put(anExternalService({ config: { password: 'planted' } }));
    const problemsOf = async (patch: ServicePatch) => {
      const failure = await failureOf(
        changeService(deps)(aContext(), { id: anId(1), expectedVersion: 1, patch }),
      );
      return failure.kind === 'invalid-input' ? failure.problems : [];
    };
    const sent = await problemsOf({ config: { password: 'planted' } });
    expect(sent.map(({ pointer }) => pointer)).to.deep.equal(['/config/password']);
    expect(await problemsOf({ isActive: false })).to.deep.equal(
      sent.map(({ pointer, detail }) => ({
        pointer,
        detail: `${detail} (stored like this, and not changed by this patch: send config/password too, or null there)`,
      })),
    );
  });

  it('merges a config into the one that is there, and takes away what is null', async () => {
    const { deps, unitOfWork } = commandFixture();
    const config = { a: 1, b: { c: 2, d: 3 }, password: 'planted' };
    unitOfWork.put(anExternalService({ config }));
    const patch = { config: { b: { c: null, e: 4 }, f: [5], password: null } };
    const changed = await answerOf(
      changeService(deps)(aContext(), { id: anId(1), expectedVersion: 1, patch }),
    );
    expect(changed.config).to.deep.equal({ a: 1, b: { d: 3, e: 4 }, f: [5] });
  });

  it('takes away an address of the config, which leads nowhere any more, and judges those that it puts there', async () => {
    const { deps, unitOfWork } = commandFixture();
    const config = { routes_base_url: 'https://routes.test', timeout_ms: 500 };
    unitOfWork.put(anExternalService({ config }));
    const changed = (routes_base_url: string | null) => {
      const patch = { config: { routes_base_url }, apiKey: PLANTED_API_KEY, credentials: null };
      return changeService(deps)(aContext(), { id: anId(1), expectedVersion: 1, patch });
    };
    expect(pointersOf(await failureOf(changed('https://internal.test')))).to.deep.equal([
      '/config/routes_base_url',
    ]);
    expect((await answerOf(changed(null))).config).to.deep.equal({ timeout_ms: 500 });
  });

  it('refuses a config that has grown too large, patch by patch', async () => {
    const { deps, unitOfWork } = commandFixture();
    unitOfWork.put(anExternalService({ config: { one: 'x'.repeat(9_000) } }));
    const patch = { config: { two: 'x'.repeat(9_000) } };
    const failure = await failureOf(
      changeService(deps)(aContext(), { id: anId(1), expectedVersion: 1, patch }),
    );
    expect(failure).to.deep.equal({
      kind: 'invalid-input',
      problems: [{ pointer: '/config', detail: 'at most 16384 bytes as JSON' }],
    });
  });

  it('clears with null what can be cleared', async () => {
    const { change } = fixture();
    const changed = await answerOf(
      change({
        baseUrl: null,
        apiKey: null,
        credentials: null,
        config: null,
        fallbackServiceId: null,
        limits: { minute: null },
      }),
    );
    expect(changed).to.deep.include({
      baseUrl: undefined,
      apiKey: undefined,
      credentials: undefined,
      config: {},
      fallbackServiceId: undefined,
      limits: { day: 2_000 },
    });
  });

  it('refuses null for fields that every service must have', async () => {
    const { change, stored } = fixture();
    const changed = await answerOf(
      change({ serviceName: null, displayName: null, provider: null, isActive: null, costPerCall: null }),
    );
    const { serviceName, displayName, provider, isActive, costPerCall } = stored;
    expect(changed).to.deep.include({ serviceName, displayName, provider, isActive, costPerCall });
  });

  it('adds and changes limits one by one, zero included', async () => {
    const { change } = fixture();
    const changed = await answerOf(change({ limits: { minute: 0, hour: 100 } }));
    expect(changed.limits).to.deep.equal({ minute: 0, hour: 100, day: 2_000 });
  });

  it('seals a new secret, keeps the other one sealed as it was, and shows neither', async () => {
    const { change, stored, secretBox, unitOfWork } = fixture();
    const changed = await answerOf(change({ apiKey: PLANTED_API_KEY }));
    expect(JSON.stringify([changed, unitOfWork.services(), unitOfWork.events()])).to.not.include('PLANTED');
    expect(changed.credentials).to.deep.equal(stored.credentials);
    const binding = { tenantId: TENANT, rowId: anId(1), field: 'api_key' };
    expect(secretBox.open(changed.apiKey?.envelope ?? '', binding)).to.deep.equal(right(PLANTED_API_KEY));
  });

  it('names every problem at once, and stores nothing', async () => {
    const { change, stored, unitOfWork } = fixture();
    const failure = await failureOf(
      change({
        serviceName: 'No!',
        displayName: 'x'.repeat(201),
        apiKey: '\ud800',
        baseUrl: 'https://internal.test',
        config: { distance_base_url: 'https://internal.test' },
        limits: { month: -5 },
        fallbackServiceId: anId(1),
      }),
    );
    expect(pointersOf(failure)).to.have.members([
      '/service_name',
      '/display_name',
      '/api_key',
      '/base_url',
      '/config/distance_base_url',
      '/credentials',
      '/rate_limit_per_month',
      '/fallback_service_id',
    ]);
    expect(unitOfWork.service(anId(1))).to.deep.equal(stored);
  });

  it('adds what it finds to what was found before, and changes nothing', async () => {
    const { deps, stored, unitOfWork } = fixture();
    const wrong = [{ pointer: '/priority', detail: 'x' }];
    const command = { id: anId(1), expectedVersion: 1, wrong };
    const patch = { baseUrl: 'https://internal.test', apiKey: PLANTED_API_KEY, credentials: null };
    expect(pointersOf(await failureOf(changeService(deps)(aContext(), { ...command, patch })))).to.deep.equal(
      ['/priority', '/base_url'],
    );
    expect(
      pointersOf(await failureOf(changeService(deps)(aContext(), { ...command, patch: {} }))),
    ).to.deep.equal(['/priority']);
    expect(unitOfWork.service(anId(1))).to.deep.equal(stored);
  });

  const moves: readonly (readonly [string, ServicePatch])[] = [
    ['another host', { baseUrl: 'https://elsewhere.example.test/api' }],
    ['another port', { baseUrl: 'https://maps.example.test:8443/api' }],
    ['the default of the provider', { baseUrl: null }],
    ['a further address in config', { config: { routes_base_url: 'https://elsewhere.example.test' } }],
  ];
  for (const [where, patch] of moves)
    it(`sends no stored secret to ${where} unless it is given again`, async () => {
      const { change, stored, unitOfWork } = fixture();
      expect(pointersOf(await failureOf(change(patch)))).to.deep.equal(['/api_key', '/credentials']);
      expect(pointersOf(await failureOf(change({ ...patch, apiKey: PLANTED_API_KEY })))).to.deep.equal([
        '/credentials',
      ]);
      expect(unitOfWork.service(anId(1))).to.deep.equal(stored);
      await answerOf(change({ ...patch, apiKey: PLANTED_API_KEY, credentials: null }));
    });

  it('asks for no secret again when an address leads to the same origin as before', async () => {
    const { change, unitOfWork } = fixture();
    const sameOrigin = 'https://MAPS.example.test:443/api/v2';
    expect(await answerOf(change({ baseUrl: sameOrigin }))).to.include({ baseUrl: sameOrigin });
    const config = { routes_base_url: 'https://routes.example.test' };
    unitOfWork.put(anExternalService({ serviceName: 'google_maps', config }));
    const moved = { routes_base_url: 'https://routes.example.test/v2', region: 'uz', url: 'x' };
    expect(await answerOf(change({ config: moved }))).to.deep.include({ config: moved });
  });

  it('asks for a secret again when another provider means another default address', async () => {
    const { change, unitOfWork } = fixture();
    unitOfWork.put(anExternalService({ serviceName: 'google_maps', baseUrl: undefined }));
    expect(pointersOf(await failureOf(change({ provider: 'yandex_maps' })))).to.deep.equal([
      '/api_key',
      '/credentials',
    ]);
  });

  it('moves a service without secrets freely', async () => {
    const { change } = fixture();
    const elsewhere = 'https://elsewhere.example.test';
    expect(await answerOf(change({ baseUrl: elsewhere }, { id: anId(2) }))).to.include({
      baseUrl: elsewhere,
    });
  });

  it('finds no service that is missing or another tenant’s', async () => {
    const { change } = fixture();
    const notFound = { kind: 'not-found', what: 'service' };
    expect(await failureOf(change({}, { id: anId(404) }))).to.deep.equal(notFound);
    expect(await failureOf(change({}, { tenant: OTHER_TENANT }))).to.deep.equal(notFound);
    expect(await failureOf(change({}, { id: 'no uuid' }))).to.deep.equal(notFound);
  });

  it('changes nothing when somebody else was first', async () => {
    const { change, unitOfWork } = fixture();
    await answerOf(change({ priority: 1 }));
    expect(await failureOf(change({ priority: 2 }))).to.deep.equal({
      kind: 'version-changed',
      currentVersion: 2,
    });
    expect(unitOfWork.service(anId(1))?.priority).to.equal(1);
  });

  it('lets one of many changes at once win', async () => {
    const { change, unitOfWork } = fixture();
    const outcomes = await Promise.all([1, 2, 3, 4].map((priority) => change({ priority })));
    expect(outcomes.filter(({ _tag }) => _tag === 'Right')).to.have.length(1);
    expect(unitOfWork.service(anId(1))?.version).to.equal(2);
  });

  it('refuses a name that another service of the tenant has', async () => {
    const { change } = fixture();
    expect(await failureOf(change({ serviceName: 'gazetteer' }))).to.deep.equal({
      kind: 'name-taken',
      serviceName: 'gazetteer',
    });
  });

  it('refuses to close a circle of fallbacks, however long', async () => {
    const { change, unitOfWork } = fixture();
    unitOfWork.put(
      aBareService({ id: anId(2), serviceName: 'two', fallbackServiceId: anId(3) }),
      aBareService({ id: anId(3), serviceName: 'three', fallbackServiceId: anId(1) }),
    );
    const failure = await failureOf(change({ fallbackServiceId: anId(2) }));
    expect(JSON.stringify(failure)).to.match(/closes a circle/);
  });

  it('refuses a new type while a service of the old type falls back to it', async () => {
    const { change, unitOfWork } = fixture();
    unitOfWork.put(aBareService({ fallbackServiceId: anId(1) }));
    const failure = await failureOf(change({ serviceType: 'spreadsheet', provider: 'google_sheets' }));
    expect(JSON.stringify(failure)).to.match(/gazetteer.*another service_type/);
  });

  it('leaves health alone', async () => {
    const { change, unitOfWork } = fixture();
    await answerOf(change({ priority: 1 }));
    expect(unitOfWork.service(anId(1))).to.deep.include({
      healthStatus: 'degraded',
      lastHealthCheck: NOON - 5,
    });
  });
});
