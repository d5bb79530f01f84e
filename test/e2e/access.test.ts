import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { ApiClient } from '../support/api-client.ts';
import {
  administratorToken,
  ISSUER,
  JWT_SECRET,
  registerGazetteer,
  startGateway,
  whenAvailable,
  type Gateway,
} from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { rawExchange, requestHead } from '../support/raw-http.ts';
import type { Data, Geocoded, Log, PageOf, Problem, Service } from '../support/wire.ts';

type Issued = { readonly id: string; readonly token: string; readonly token_hint: string };
type Document = {
  readonly paths: {
    readonly [path: string]: { readonly [method: string]: { readonly security?: readonly unknown[] } };
  };
};

const OURS = 'uk_company_1';
const THEIRS = 'uk_company_2';

describe('Who may do what', () => {
  let gateway: Gateway;
  let ours: ApiClient;
  let theirs: ApiClient;
  let service: Service;
  before(async () => {
    gateway = await startGateway();
    ours = await gateway.administrator(OURS);
    theirs = await gateway.administrator(THEIRS);
    service = await registerGazetteer(ours);
  });
  after(() => gateway.stop());

  const issue = async (body: object): Promise<Issued> => {
    const key = { 'idempotency-key': randomUUID() };
    const answer = await whenAvailable(() => ours.post<Data<Issued>>('/tokens', body, key));
    expect(answer.status, answer.text).to.equal(201);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    return answer.body.data;
  };
  const asked = (credential: string) =>
    whenAvailable(() => gateway.caller(OURS, credential).get<Problem>('/services'));

  describe('an administrator’s JWT', () => {
    const claims = { tenants: [OURS] };
    /** Computed when needed: this file may wait for others after it was loaded. */
    const past = () => Math.floor(Date.now() / 1000) - 60;
    const key = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const usual = () => ({ ...claims, iss: ISSUER, aud: ISSUER, sub: 'a', exp: past() + 3600 });
    const bad: readonly (readonly [what: string, token: () => Promise<string> | string])[] = [
      ['that has expired', () => administratorToken({ ...claims, exp: past() })],
      ['without an end', () => administratorToken(claims, { without: 'exp' })],
      ['for another audience', () => administratorToken({ ...claims, aud: 'another-service' })],
      ['of another issuer', () => administratorToken({ ...claims, iss: 'somebody' })],
      ['not valid yet', () => administratorToken({ ...claims, nbf: past() + 600 })],
      [
        'made with another secret',
        () => administratorToken(claims, { secret: 'another secret of thirty-two letters' }),
      ],
      ['without a signature', () => new UnsecuredJWT(usual()).encode()],
      ['whose signature was cut off', async () => (await administratorToken(claims)).replace(/[^.]+$/, '')],
      [
        'whose claims were changed',
        async () => {
          const [head, , signature] = (await administratorToken(claims)).split('.');
          return [
            head,
            Buffer.from(JSON.stringify({ ...usual(), tenants: [THEIRS] })).toString('base64url'),
            signature,
          ].join('.');
        },
      ],
      ['signed with RS256', () => new SignJWT(usual()).setProtectedHeader({ alg: 'RS256' }).sign(key())],
      [
        'signed with HS512',
        () =>
          new SignJWT(usual())
            .setProtectedHeader({ alg: 'HS512' })
            .sign(new TextEncoder().encode(JWT_SECRET)),
      ],
      ['that is none', () => 'eyJhbGciOiJub25lIn0.e30.'],
      ['of 10,000 characters', () => 'e'.repeat(10_000)],
    ];
    for (const [what, token] of bad) {
      it(`is refused: one ${what}`, async () => {
        const answer = await asked(await token());
        expect(answer.status, answer.text).to.equal(401);
        expect(answer.headers.get('content-type')).to.equal('application/problem+json');
        expect(answer.body.code).to.equal('unauthenticated');
        expect(answer.headers.get('www-authenticate')).to.match(/^Bearer/);
      });
    }

    it('grants nothing without tenants in it', async () => {
      expect((await asked(await administratorToken({}))).status).to.equal(403);
      expect((await asked(await administratorToken({ tenants: '*' }))).status).to.equal(403);
    });

    it('must be in exactly one Bearer header', async () => {
      const none = await ours.ask<Problem>('GET', '/services', { headers: { authorization: null } });
      expect(none.status).to.equal(401);
      for (const value of ['Bearer', 'Bearer ', `Basic ${btoa('a:b')}`, 'Bearer a b', 'ist_x'])
        expect((await ours.get(`/services`, { authorization: value })).status, value).to.equal(401);
      const { authorization, ...rest } = ours.headers as { authorization: string };
      const head = requestHead('GET', '/services', {
        ...rest,
        authorization,
        Authorization: 'Bearer ist_other',
      });
      expect(await rawExchange(gateway.service().url, head)).to.match(/^HTTP\/1\.1 400 /);
    });
  });

  describe('a service token', () => {
    it('is shown once, works within its scopes, and is listed without its secret', async () => {
      const issued = await issue({ name: 'request-service', scopes: ['geocoding'] });
      expect(issued.token).to.match(/^ist_/);
      const sibling = gateway.caller(OURS, issued.token);
      expect((await sibling.post('/geocoding/geocode', { address: 'Ташкент' })).status).to.equal(200);
      expect((await sibling.get('/services')).status).to.equal(403);
      const listed = await ours.get<PageOf<{ id: string }>>('/tokens');
      expect(listed.body.data.map(({ id }) => id)).to.include(issued.id);
      expect(listed.text).to.not.contain(issued.token);
      const hash = await gateway.sql<{ token_hash: string }>(
        'select token_hash from service_tokens where id = $1',
        [issued.id],
      );
      expect(listed.text).to.not.contain(hash[0]?.token_hash);
      const log = await ours.get<PageOf<Log & { actor_id: string }>>('/logs?limit=1');
      expect(log.body.data[0]?.actor_id).to.equal(issued.id);
    });

    it('is refused at once when it is revoked', async () => {
      const issued = await issue({ name: 'to be revoked', scopes: ['services:read'] });
      expect((await asked(issued.token)).status).to.equal(200);
      expect((await ours.ask('DELETE', `/tokens/${issued.id}`)).status).to.equal(204);
      const refused = await asked(issued.token);
      expect(refused.status).to.equal(401);
      expect(refused.body.code).to.equal('unauthenticated');
      expect((await ours.ask('DELETE', `/tokens/${issued.id}`)).status).to.be.oneOf([204, 404]);
    });

    /** A token that was accepted before it expired; with a longer lifetime if it expired too soon on a busy machine. */
    const usedWithin = async (lifeMs: number): Promise<Issued> => {
      const end = Date.now() + lifeMs;
      const expires_at = new Date(end).toISOString();
      const issued = await issue({ name: 'short', scopes: ['services:read'], expires_at });
      const { status } = await asked(issued.token);
      if (status === 401 && Date.now() >= end) return usedWithin(2 * lifeMs);
      expect(status).to.equal(200);
      return issued;
    };

    it('is refused as soon as it has expired', async () => {
      const issued = await usedWithin(5_000);
      await eventually(
        'the token to expire',
        async () => (await asked(issued.token)).status === 401 || undefined,
      );
    });

    it('is refused when it was never issued', async () => {
      for (const token of [`ist_${'a'.repeat(43)}`, 'ist_', 'ist_short'])
        expect((await asked(token)).status).to.equal(401);
    });

    it('covers its tenants and no others', async () => {
      const issued = await issue({ name: 'one tenant', scopes: ['services:read'] });
      expect((await gateway.caller(THEIRS, issued.token).get('/services')).status).to.equal(403);
      const both = await administratorToken({ tenants: [OURS, THEIRS] });
      const wide = await gateway
        .caller(OURS, both)
        .post<Data<Issued>>('/tokens', { name: 'two', scopes: ['services:read'], tenants: [OURS, THEIRS] });
      expect(wide.status, wide.text).to.equal(201);
      for (const tenant of [OURS, THEIRS])
        expect((await gateway.caller(tenant, wide.body.data.token).get('/services')).status).to.equal(200);
    });

    it('cannot issue a token with more rights than its own', async () => {
      const issuer = gateway.caller(
        OURS,
        (await issue({ name: 'issuer', scopes: ['tokens:manage', 'geocoding'] })).token,
      );
      const more = await issuer.post<Problem>('/tokens', {
        name: 'more',
        scopes: ['geocoding', 'services:manage'],
      });
      expect(more.status).to.equal(422);
      expect(more.body.errors?.[0]?.pointer).to.equal('/scopes/1');
    });
  });

  describe('every route of the document', () => {
    const routes = async (): Promise<readonly (readonly [string, string])[]> => {
      const { body } = await ours.get<Document>('/openapi.json');
      return Object.entries(body.paths).flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(
            ([method, { security }]) =>
              ['get', 'post', 'patch', 'delete'].includes(method) &&
              (security === undefined || security.length > 0),
          )
          .map(
            ([method]) =>
              [method.toUpperCase(), path.replace('{id}', service.id).replace('{key}', 'some-key')] as const,
          ),
      );
    };
    const bodyOf = (method: string) => (['POST', 'PATCH'].includes(method) ? { body: {} } : {});

    it('requires a credential, a tenant that it covers, and a scope', async () => {
      const all = await routes();
      expect(all.length).to.be.greaterThan(20);
      const withScope = async (scope: string) =>
        gateway.caller(OURS, (await issue({ name: scope, scopes: [scope] })).token);
      const [reader, geocoder] = [await withScope('webhooks:read'), await withScope('geocoding')];
      for (const [method, path] of all) {
        const where = `${method} ${path}`;
        const stranger = await ours.ask<Problem>(method, path, {
          ...bodyOf(method),
          headers: { authorization: null },
        });
        expect(stranger.status, where).to.equal(401);
        const nowhere = await ours.ask<Problem>(method, path, {
          ...bodyOf(method),
          headers: { 'x-management-company-id': null },
        });
        expect(nowhere.status, where).to.equal(400);
        expect(nowhere.body.code, where).to.equal('tenant-required');
        const wrong = await theirs.ask<Problem>(method, path, {
          ...bodyOf(method),
          headers: { 'x-management-company-id': OURS },
        });
        expect(wrong.status, where).to.equal(403);
        expect(wrong.body.code, where).to.equal('forbidden');
        const scopeless = path.startsWith('/webhooks') ? geocoder : reader;
        expect((await scopeless.ask(method, path, bodyOf(method))).status, where).to.equal(403);
      }
    });

    it('finds nothing of another tenant, and changes nothing', async () => {
      const geocoded = await ours.post<Geocoded>('/geocoding/geocode', { address: 'Самарканд' });
      const log = (await ours.get<Data<Log>>(`/logs/${geocoded.body.meta.log_id}`)).body.data;
      const token = await issue({ name: 'ours', scopes: ['services:read'] });
      const anyVersion = { 'if-match': '*' };
      const asks: readonly (readonly [string, string, object?])[] = [
        ['GET', `/services/${service.id}`],
        ['PATCH', `/services/${service.id}`, { body: { priority: 7 }, headers: anyVersion }],
        ['DELETE', `/services/${service.id}`, { headers: anyVersion }],
        ['POST', `/services/${service.id}/health-checks`],
        ['GET', `/services/${service.id}/quota`],
        ['GET', `/services/${service.id}/costs`],
        ['GET', `/logs/${log.id}`],
        ['DELETE', `/tokens/${token.id}`],
        ['DELETE', `/cache/entries/${encodeURIComponent(log.cache_key ?? '')}`],
      ];
      for (const [method, path, more] of asks) {
        const answer = await theirs.ask<Problem>(method, path, more);
        expect(answer.status, `${method} ${path}`).to.equal(404);
        expect(answer.body.code).to.equal('not-found');
      }
      for (const path of [
        '/services',
        '/logs',
        `/logs?request_id=${log.request_id}`,
        '/tokens',
        '/cache/entries',
      ]) {
        const answer = await theirs.get<PageOf<unknown>>(path);
        expect(answer.body.data, path).to.deep.equal([]);
      }
      for (const path of ['/logs/summary', '/costs'])
        expect((await theirs.get<Data<unknown>>(path)).body.data, path).to.deep.equal([]);
      expect((await theirs.post('/cache/invalidations', {})).status).to.equal(204);
      const none = await theirs.post<Problem>('/geocoding/geocode', { address: 'Самарканд' });
      expect(none.status).to.equal(503);

      expect((await ours.get<Data<Service>>(`/services/${service.id}`)).body.data.priority).to.equal(0);
      expect((await asked(token.token)).status).to.equal(200);
      const still = await ours.post<Geocoded>('/geocoding/geocode', { address: 'Самарканд' });
      expect(still.headers.get('cache-status')).to.match(/^integration; hit; ttl=\d+; detail=l1/);
    });
  });
});
