import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGazetteer, type Gateway } from '../support/gateway.ts';
import { hmac, registerWebhook, send, startForSenders, type Kept } from '../support/sending-webhook.ts';
import { eventually } from '../support/until.ts';
import type { Data, Geocoded, Log, PageOf, Problem } from '../support/wire.ts';

const OURS = 'uk_company_1';
const THEIRS = 'uk_company_2';

type Route = { readonly method: string; readonly path: string };
type Document = {
  readonly paths: {
    readonly [path: string]: { readonly [method: string]: { readonly security: readonly unknown[] } };
  };
};

/** Bodies that some routes require before they look anything up; the others accept `{}`. */
const BODIES: { readonly [path: string]: unknown } = {
  '/webhooks/{id}/test': { headers: [] },
  '/sheets/{spreadsheet_id}/values/{range}': { values: [[1]] },
  '/sheets/{spreadsheet_id}/values/{range}/append': { values: [[1]] },
  '/sheets/{spreadsheet_id}/values/batch-get': { ranges: ['A1'] },
  '/sheets/{spreadsheet_id}/values/batch-update': { data: [{ range: 'A1', values: [[1]] }] },
};

/** Routes that name and list nothing: each tenant has its own. A new one must be added here deliberately. */
const OF_ONES_OWN = [
  'GET /cache/stats',
  'POST /cache/invalidations',
  'POST /geocoding/batch',
  'POST /geocoding/distance',
  'POST /geocoding/geocode',
  'POST /geocoding/reverse',
  'POST /services',
  'POST /tokens',
  'POST /webhooks',
  'POST /webhooks/replays',
];

const isSheet = ({ path }: Route): boolean => path.startsWith('/sheets/{spreadsheet_id}');
const namesSomething = ({ path }: Route): boolean => path.includes('{');
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

describe('Another tenant’s things, over every route of the document', () => {
  let gateway: Gateway;
  let ours: ApiClient;
  let theirs: ApiClient;
  let routes: readonly Route[];
  /**
   * By the beginning of a path, the resource of ours that its parameter names. The longest matching beginning counts.
   */
  let things: readonly (readonly [beginning: string, name: string])[];
  before(async () => {
    gateway = await startForSenders();
    ours = await gateway.administrator(OURS);
    theirs = await gateway.administrator(THEIRS);
    routes = await tenantRoutes();
    things = await oneOfEverything();
  });
  after(() => gateway.stop());

  const tenantRoutes = async (): Promise<readonly Route[]> => {
    const { body } = await ours.get<Document>('/openapi.json');
    return Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security.length > 0)
        .map(([method]) => ({ method: method.toUpperCase(), path })),
    );
  };

  const oneOfEverything = async (): Promise<typeof things> => {
    const service = await registerGazetteer(ours);
    const hook = await registerWebhook(gateway, 'github', {}, OURS);
    const body = '{"action":"opened"}';
    const signed = {
      'x-hub-signature-256': `sha256=${hmac(hook.secret, body)}`,
      'x-github-delivery': 'guid',
    };
    for (const headers of [signed, {}])
      await send(hook.url, { headers: { 'content-type': 'application/json', ...headers }, body });
    const rejections = `/webhooks/${hook.id}/rejections`;
    await eventually('a refusal in its log', async () =>
      (await ours.get<PageOf<unknown>>(rejections)).body.data.length > 0 ? true : undefined,
    );
    // Totals are written with a delay: what we compare must not change by itself.
    await eventually('both in the totals of the webhook', async () => {
      const { body: shown } = await ours.get<Data<{ total_received: number }>>(`/webhooks/${hook.id}`);
      return shown.data.total_received === 2 || undefined;
    });
    const deliveries = await ours.get<PageOf<Kept>>(`/webhooks/${hook.id}/deliveries`);
    const replay = await ours.post<Data<{ id: string }>>('/webhooks/replays', { filter: {} });
    const token = await ours.post<Data<{ id: string }>>('/tokens', { name: 'ours', scopes: ['logs:read'] });
    const geocoded = await ours.post<Geocoded>('/geocoding/geocode', { address: 'Самарканд' });
    const log = await ours.get<Data<Log>>(`/logs/${geocoded.body.meta.log_id}`);
    return [
      ['/webhooks/deliveries/', deliveries.body.data[0]?.id ?? ''],
      ['/webhooks/replays/', replay.body.data.id],
      ['/webhooks/', hook.id],
      ['/services/', service.id],
      ['/tokens/', token.body.data.id],
      ['/logs/', log.body.data.id],
      ['/cache/entries/', encodeURIComponent(log.body.data.cache_key ?? '')],
      ['/sheets/', '1'.repeat(44)],
    ];
  };

  const asked = async (api: ApiClient, { method, path }: Route) => {
    const [, name] =
      things.find(([beginning]) => path.startsWith(beginning)) ?? expect.fail(`whose is ${path}?`);
    const target = path.replace('{range}', 'A1').replace(/\{\w+\}/, name);
    const takesBody = ['POST', 'PATCH', 'PUT'].includes(method);
    return api.ask<Problem>(method, target, {
      ...(takesBody && { body: BODIES[path] ?? {} }),
      headers: { 'if-match': '*' },
    });
  };

  /** Everything readable about our resources, except the counters of the cache. */
  const whatWeSee = async (): Promise<string> => {
    const seen: string[] = [];
    for (const route of routes.filter(({ method, path }) => method === 'GET' && path !== '/cache/stats'))
      if (!isSheet(route))
        seen.push(
          namesSomething(route) ? (await asked(ours, route)).text : (await ours.get(route.path)).text,
        );
    return seen.join('\n').replaceAll(/"(?:hit_count|done|state|finished_at)":[^,}]+/g, '');
  };

  it('can be found by their owner, so that a wrong name is not what hides them', async () => {
    for (const route of routes.filter(
      (each) => each.method === 'GET' && namesSomething(each) && !isSheet(each),
    ))
      expect((await asked(ours, route)).status, nameOf(route)).to.equal(200);
  });

  it('are not found, not changed, and not distinguishable from what does not exist', async () => {
    const before = await whatWeSee();
    const naming = routes.filter(namesSomething);
    expect(naming.length).to.be.greaterThan(25);
    for (const route of naming) {
      const { status, body } = await asked(theirs, route);
      // Spreadsheets are at the provider: without a service, none can be reached.
      const expected = isSheet(route) ? [503, 'unavailable'] : [404, 'not-found'];
      expect([status, body.code], nameOf(route)).to.deep.equal(expected);
    }
    expect(await whatWeSee()).to.equal(before);
  });

  it('are in no list, sum or count', async () => {
    // A tenant that has made no calls yet: its own calls would be in its trail.
    const newcomer = await gateway.administrator('uk_company_3');
    const rest = routes.filter((route) => !namesSomething(route));
    const lists = rest.filter((route) => !OF_ONES_OWN.includes(nameOf(route)));
    expect(rest.map(nameOf)).to.include.members(OF_ONES_OWN);
    for (const { method, path } of lists) {
      const { status, body } = await newcomer.ask<PageOf<unknown>>(method, path);
      expect([status, body.data], `${method} ${path}`).to.deep.equal([200, []]);
    }
  });

  it('cannot be reached by naming them in a body, and survive a purge of everything', async () => {
    const [, webhook_id] = things.find(([beginning]) => beginning === '/webhooks/') ?? ['', ''];
    const [, service] = things.find(([beginning]) => beginning === '/services/') ?? ['', ''];
    const filter = { webhook_id };
    const counted = await theirs.post<Data<{ count: number }>>('/webhooks/replays', {
      filter,
      dry_run: true,
    });
    expect(counted.body.data.count).to.equal(0);
    const started = await theirs.post<Data<{ total: number }>>('/webhooks/replays', { filter });
    expect(started.body.data.total).to.equal(0);
    const fallback = await theirs.post<Problem>('/services', {
      service_name: 'gazetteer',
      service_type: 'geocoding',
      fallback_service_id: service,
    });
    expect(fallback.body.errors?.[0]?.pointer).to.equal('/fallback_service_id');
    const source = await theirs.post<Problem>('/webhooks', {
      webhook_name: 'x',
      source_service: 'github',
      source_service_id: service,
    });
    expect(source.body.errors?.[0]?.pointer).to.equal('/source_service_id');
    expect((await theirs.post('/cache/invalidations', {})).status).to.equal(204);
    const still = await ours.post<Geocoded>('/geocoding/geocode', { address: 'Самарканд' });
    expect(still.headers.get('cache-status')).to.match(/^integration; hit/);
  });
});
