import { expect } from 'chai';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import {
  accountOf,
  withDefaultCredentials,
} from '../../../../src/infrastructure/providers/google-sheets/service-accounts.ts';
import { json, text, type Reply } from '../../../support/fixture-server.ts';
import { anAccess, answered, refused } from '../../../support/provider-access.ts';
import {
  ACCOUNT_EMAIL,
  ACCOUNT_PROJECT,
  aKeyPair,
  aServiceAccountKey,
  privatePem,
} from '../../../support/service-account.ts';
import { A_CELL, sheetsRig, TOKEN_PATH, tokenReply, type SheetsRig } from '../../../support/sheets-rig.ts';

const OTHER_TENANT = 'uk_company_2' as TenantId;
const MINUTE = 60_000;

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(A_CELL);
  });
  afterEach(() => rig.close());
  const tokensUsed = () => rig.calls().map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

  describe('tokens', () => {
    it('are one for calls at the same time, and for tenants with the same account', async () => {
      await Promise.all([
        rig.read(),
        rig.read(),
        rig.read({ tenantId: OTHER_TENANT, serviceId: 'other' }),
        rig.write(),
      ]);
      expect(rig.tokenCalls()).to.have.length(1);
      expect(new Set(tokensUsed())).to.deep.equal(new Set(['token-1']));
    });

    for (const [words, reply] of [
      ['is refused', json(400, { error: 'invalid_grant' })],
      ['the endpoint fails', json(503, {})],
      ['the answer is none', json(200, {})],
    ] satisfies readonly (readonly [string, Reply])[])
      it(`are one failure of each service that waits for one, when ${words}`, async () => {
        rig.answerTokensWith(reply);
        const other = { tenantId: OTHER_TENANT, serviceId: 'other' };
        const ends = await Promise.all([
          rig.read(),
          rig.read(),
          rig.write(),
          rig.read(other),
          rig.read(other),
        ]);
        expect(rig.tokenCalls()).to.have.length(1);
        const shared = ends.map((end) => refused<ProviderError>(end).isShared === true);
        expect(shared).to.deep.equal([false, true, true, false, true]);
      });

    it('are a failure of who still waits for one, where the first who asked has gone', async () => {
      const gone = new AbortController();
      rig.answerTokensWith((...to) => {
        gone.abort();
        json(503, {})(...to);
      });
      const ends = await Promise.all([rig.read({ signal: gone.signal }), rig.read(), rig.read()]);
      expect(rig.tokenCalls()).to.have.length(1);
      const failures = ends.map((end) => refused<ProviderError>(end));
      expect(
        failures.map(({ kind, isShared }) => `${kind}${isShared === true ? ', shared' : ''}`),
      ).to.deep.equal(['provider-timeout', 'provider-unavailable', 'provider-unavailable, shared']);
    });

    it('are kept until five minutes before their end', async () => {
      answered(await rig.read());
      rig.clock.advance(3_599_000 - 5 * MINUTE - 1);
      answered(await rig.read());
      rig.clock.advance(1);
      answered(await rig.read());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-1', 'token-2']);
    });

    it('are used to within a minute of their end while no newer one is to be had', async () => {
      answered(await rig.read());
      rig.clock.advance(3_599_000 - 5 * MINUTE);
      for (const reply of [json(503, { error: 'temporarily_unavailable' }), () => undefined]) {
        rig.answerTokensWith(reply);
        answered(await rig.read({ timeoutMs: 400 }));
        answered(await rig.sheets.prepare(rig.access({ timeoutMs: 400 })));
      }
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-1', 'token-1']);
      rig.clock.advance(4 * MINUTE);
      expect(refused(await rig.read({ timeoutMs: 50 })).kind).to.equal('provider-timeout');
    });

    it('of a few minutes are kept for half of them', async () => {
      rig.answerTokensWith(tokenReply('short', 120));
      answered(await rig.read());
      rig.clock.advance(59_999);
      answered(await rig.read());
      expect(rig.tokenCalls()).to.have.length(1);
      rig.clock.advance(1);
      answered(await rig.read());
      expect(rig.tokenCalls()).to.have.length(2);
    });

    it('are taken from servers that write their life as a text', async () => {
      rig.answerTokensWith(json(200, { access_token: 'texted', expires_in: '3599' }));
      answered(await rig.read());
      answered(await rig.read());
      expect(rig.tokenCalls()).to.have.length(1);
    });

    it('are kept as long as Google keeps its own where their life cannot be read', async () => {
      for (const [index, expires_in] of [null, 'soon', '3599.0', {}].entries()) {
        const access_token = `odd-${index}`;
        rig.answerTokensWith(json(200, { access_token, expires_in }));
        answered(await rig.read());
        answered(await rig.read());
        expect(rig.tokenCalls()).to.have.length(index + 1);
        rig.clock.advance(3_600_000);
      }
    });

    it('are another for another account, another key of the same account, and another token host', async () => {
      answered(await rig.read());
      const other = { client_email: 'other@a-project-1.iam.gserviceaccount.com' };
      answered(await rig.read({ credentials: aServiceAccountKey(other) }));
      const rotated = aServiceAccountKey({ private_key: privatePem(aKeyPair()) });
      answered(await rig.read({ credentials: rotated }));
      answered(await rig.read({ config: { token_url: `${rig.server.origin}${TOKEN_PATH}/` } }));
      answered(await rig.read({ credentials: `${aServiceAccountKey()} ` }));
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2', 'token-3', 'token-1', 'token-1']);
    });

    it('are requested again once when one is refused, and no more', async () => {
      const refusal = json(401, { error: { code: 401, message: 'expired', status: 'UNAUTHENTICATED' } });
      rig.answerWith((response, exchange) =>
        (exchange.headers.authorization === 'Bearer token-1' ? refusal : A_CELL)(response, exchange),
      );
      answered(await rig.read());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2']);
      rig.answerWith(refusal);
      expect(refused(await rig.write()).kind).to.equal('credentials-rejected');
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2', 'token-2', 'token-3']);
    });

    it('that cannot be had end a write as something that was not written', async () => {
      rig.answerTokensWith((response) => response.socket?.destroy());
      expect(refused(await rig.write()).kind).to.equal('provider-unavailable');
      rig.answerTokensWith(() => undefined);
      expect(refused(await rig.write({ timeoutMs: 30 })).kind).to.equal('provider-unavailable');
      rig.answerTokensWith(json(200, {}));
      expect(refused(await rig.write()).kind).to.equal('provider-unavailable');
      expect(rig.calls()).to.deep.equal([]);
    });

    it('are got beforehand for a write, which then uses them to within a minute of their end', async () => {
      answered(await rig.sheets.prepare(rig.access()));
      rig.clock.advance(3_599_000 - MINUTE - 1);
      rig.answerWith(json(200, { updatedRange: 'Sheet1!A1' }));
      answered(await rig.write());
      expect(tokensUsed()).to.deep.equal(['token-1']);
      answered(await rig.sheets.prepare(rig.access()));
      answered(await rig.write());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2']);
    });

    it('are asked for again when a request came to no answer, and not when it came to one', async () => {
      let dropped = 0;
      rig.answerTokensWith((response, exchange) => {
        dropped += 1;
        if (dropped < 3) response.socket?.destroy();
        else tokenReply('third')(response, exchange);
      });
      answered(await rig.read());
      expect(tokensUsed()).to.deep.equal(['third']);
      rig.answerTokensWith(json(503, {}));
      const before = rig.tokenCalls().length;
      expect(refused<ProviderError>(await rig.sheets.probe(rig.access())).kind).to.equal(
        'provider-unavailable',
      );
      expect(rig.tokenCalls().length - before).to.equal(1);
    });

    it('are refused to the account, not to its caller, whatever the form of the refusal', async () => {
      for (const reply of [
        json(400, { error: { code: 400, message: 'x' } }),
        text(400, 'text/html', '<html>'),
      ]) {
        rig.answerTokensWith(reply);
        expect(refused(await rig.read()).kind).to.equal('credentials-rejected');
      }
    });

    for (const [status, error, kind] of [
      [401, 'invalid_client', 'credentials-rejected'],
      [401, 'unauthorized_client', 'credentials-rejected'],
      [400, 'unsupported_grant_type', 'credentials-rejected'],
      [400, 'invalid_request', 'credentials-rejected'],
      [403, 'access_denied', 'credentials-rejected'],
      [400, 'internal_failure', 'provider-unavailable'],
      [400, 'server_error', 'provider-unavailable'],
      [400, 'temporarily_unavailable', 'provider-unavailable'],
      [403, 'rate_limit_exceeded', 'quota-exceeded'],
    ] as const)
      it(`are refused for what the refusal says: ${error} is ${kind}`, async () => {
        rig.answerTokensWith(json(status, { error }));
        const failure = refused<ProviderError>(await rig.read());
        expect(failure.kind).to.equal(kind);
        if (kind === 'credentials-rejected') expect(failure.message).to.match(new RegExp(`: ${error}$`));
      });

    for (const [status, kind] of [
      [302, 'answer-not-understood'],
      [401, 'credentials-rejected'],
      [403, 'credentials-rejected'],
      [404, 'answer-not-understood'],
      [408, 'provider-unavailable'],
    ] as const)
      it(`are not given with HTTP ${status}, and it is said where that came from`, async () => {
        rig.answerTokensWith(text(status, 'text/html', '<html>'));
        const failure = refused<ProviderError>(await rig.read());
        expect(failure.kind).to.equal(kind);
        expect(failure.message).to.match(new RegExp(`^the token endpoint answered HTTP ${status}\\b`));
      });

    for (const [status, body, kind] of [
      [400, { error: 'temporarily_unavailable', error_description: null }, 'provider-unavailable'],
      [403, { error: 'rate_limit_exceeded', error_description: 5 }, 'quota-exceeded'],
      [200, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 'credentials-rejected'],
      [200, { access_token: null, error: 'server_error' }, 'provider-unavailable'],
      [404, { error: 'Not Found' }, 'answer-not-understood'],
      [405, { error: 'method_not_allowed' }, 'answer-not-understood'],
      [408, { error: 'Request Timeout' }, 'provider-unavailable'],
    ] as const)
      it(`are refused in odd ways, too: ${status} ${JSON.stringify(body)} is ${kind}`, async () => {
        rig.answerTokensWith(json(status, body));
        expect(refused<ProviderError>(await rig.read()).kind).to.equal(kind);
      });

    for (const reply of [
      json(429, {}, { 'retry-after': '4' }),
      json(403, { error: 'rate_limit_exceeded' }, { 'retry-after': '4' }),
    ])
      it('are refused for a while, which no line of an account waits for', async () => {
        rig.answerTokensWith(reply);
        expect(refused<ProviderError>(await rig.read())).to.include({
          kind: 'quota-exceeded',
          retryAfterMs: 4_000,
          isBeforeLine: true,
        });
      });

    it('are refused in words that name the account and tell nothing secret', async () => {
      const secret = 'a1B2'.repeat(10);
      rig.answerTokensWith(json(400, { error: 'invalid_grant', error_description: `Bad ${secret}.` }));
      expect(refused<ProviderError>(await rig.read()).message).to.equal(
        `no token for the service account ${ACCOUNT_EMAIL}: invalid_grant: Bad ….`,
      );
      rig.answerTokensWith(json(400, { error: secret }));
      expect(refused<ProviderError>(await rig.read()).message).to.not.contain(secret);
    });

    it('that cannot be got beforehand leave nothing in doubt', async () => {
      rig.answerTokensWith(() => undefined);
      const failure = refused<ProviderError>(await rig.sheets.prepare(rig.access({ timeoutMs: 20 })));
      expect(failure.kind).to.equal('provider-unavailable');
      expect(failure.message).to.contain('nothing was sent');
      expect(
        refused<ProviderError>(await rig.sheets.prepare(rig.access({ credentials: undefined }))).kind,
      ).to.equal('credentials-rejected');
    });

    it('are waited for by each caller for as long as it may, and come to the others', async () => {
      const asked = Promise.withResolvers<() => void>();
      rig.answerTokensWith((response, exchange) =>
        asked.resolve(() => tokenReply('slow')(response, exchange)),
      );
      const [gone, patient] = [rig.read({ timeoutMs: 20 }), rig.read()];
      expect(refused(await gone).kind).to.equal('provider-timeout');
      const give = await asked.promise;
      give();
      answered(await patient);
      expect(rig.tokenCalls()).to.have.length(1);
    });

    for (const [words, reply] of [
      ['without one', json(200, {})],
      ['with one that is no text for a header', tokenReply('a\nb')],
      ['in HTML', text(200, 'text/html', '<html>')],
      ['elsewhere', text(302, 'text/html', '', { location: 'http://127.0.0.1:1/' })],
    ] satisfies readonly (readonly [string, Reply])[])
      it(`are not found in an answer ${words}`, async () => {
        rig.answerTokensWith(reply);
        expect(refused(await rig.read()).kind).to.equal('answer-not-understood');
      });
  });

  for (const [words, credentials] of [
    ['no credentials', undefined],
    ['a key of another kind', '{"type":"external_account"}'],
    ['a broken key', aServiceAccountKey({ private_key: 'x' })],
  ] as const)
    it(`rejects ${words} before anything is sent`, async () => {
      expect(refused(await rig.read({ credentials })).kind).to.equal('credentials-rejected');
      expect(refused(await rig.sheets.probe(rig.access({ credentials }))).kind).to.equal(
        'credentials-rejected',
      );
      expect(rig.server.received).to.deep.equal([]);
    });

  it('knows the account of a key', () => {
    expect(answered(accountOf(aServiceAccountKey()))).to.deep.equal({
      clientEmail: ACCOUNT_EMAIL,
      projectId: ACCOUNT_PROJECT,
    });
    expect(refused(accountOf(undefined)).kind).to.equal('credentials-rejected');
  });

  it('lends the key of the environment to its owner alone, and only towards Google', () => {
    const standard = { tenantId: anAccess().tenantId, credentials: 'standard' };
    const lent = (change: Partial<ProviderAccess>) =>
      withDefaultCredentials(anAccess(change), standard).credentials;
    expect(lent({})).to.equal('standard');
    for (const baseUrl of ['https://sheets.googleapis.com', 'https://sheets.googleapis.com:443/'])
      expect(lent({ baseUrl }), baseUrl).to.equal('standard');
    for (const baseUrl of [
      'http://sheets.googleapis.com',
      'https://sheets.googleapis.com:8443',
      'https://sheets.googleapis.com.elsewhere.test',
      'https://elsewhere.test/https://sheets.googleapis.com',
    ])
      expect(lent({ baseUrl }), baseUrl).to.equal(undefined);
    expect(lent({ credentials: 'own' })).to.equal('own');
    expect(lent({ tenantId: OTHER_TENANT })).to.equal(undefined);
    expect(lent({ baseUrl: 'https://elsewhere.test' })).to.equal(undefined);
    expect(lent({ config: { token_url: 'https://elsewhere.test/token' } })).to.equal(undefined);
  });
});
