import { expect } from 'chai';
import type { FailedCall } from '../../../../src/application/provider-call/complete-operation.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left } from '../../../../src/domain/shared/fp.ts';
import { aFailedCall, anAttempt, aProviderFailure, aWindow } from '../../../support/a-call-report.ts';
import { anId, NOON } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Body = { readonly [member: string]: unknown };

describe('an integration call that failed', () => {
  let server: RunningServer;
  before(async () => {
    server = await startHttpServer();
  });
  after(() => server.http.close(0));

  const answerTo = async (failed: FailedCall): Promise<{ answer: Response; problem: Body }> => {
    server.application.queries.geocodeAddress = async () => left(failed);
    const answer = await server.ask('POST', '/geocoding/geocode', { body: { address: 'a' } });
    return { answer, problem: (await answer.json()) as Body };
  };

  const message = 'what the provider did';
  const kinds: readonly (readonly [ProviderError, number, string])[] = [
    [{ kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 1500, message }, 429, 'quota-exceeded'],
    [{ kind: 'provider-unavailable', status: 500, message }, 502, 'provider-failed'],
    [{ kind: 'breaker-open', retryAfterMs: 20_001, message }, 503, 'unavailable'],
    [{ kind: 'provider-timeout', message }, 504, 'provider-timeout'],
    [{ kind: 'outcome-unknown', message }, 504, 'outcome-unknown'],
    [{ kind: 'credentials-rejected', message }, 502, 'credentials-rejected'],
    [{ kind: 'request-rejected', message }, 422, 'request-rejected'],
    [{ kind: 'answer-not-understood', message }, 502, 'answer-not-understood'],
    [{ kind: 'not-supported', message }, 422, 'request-rejected'],
  ];
  for (const [error, status, code] of kinds)
    it(`keeps what one provider said: ${error.kind} is ${status} ${code}`, async () => {
      const { answer, problem } = await answerTo(aProviderFailure(error));
      expect(answer.status).to.equal(status);
      expect(problem).to.include({
        status,
        code,
        detail: message,
        type: `urn:integration-service:problem:${code}`,
      });
      expect(problem['attempts']).to.deep.equal([
        {
          provider: 'google_maps',
          service_name: 'google-main',
          outcome: error.kind,
          duration_ms: 21,
          message,
        },
      ]);
    });

  it('lists who was asked when every provider failed, and explains itself like an answer', async () => {
    const attempts = [
      anAttempt({ outcome: 'provider-timeout', message: 'no answer within 5 s' }),
      anAttempt({ provider: 'yandex_maps', serviceName: 'yandex', outcome: 'credentials-rejected' }),
    ];
    const { answer, problem } = await answerTo(
      aFailedCall({ kind: 'all-providers-failed', attempts, retryAfterMs: 30_000 }),
    );
    expect(answer.status).to.equal(502);
    expect(problem).to.include({ code: 'provider-failed' });
    expect(problem['attempts']).to.have.length(2);
    expect(problem['meta']).to.deep.include({
      provider: null,
      attempts: problem['attempts'],
      log_id: anId(900),
      request_id: answer.headers.get('x-request-id'),
      attribution: null,
    });
    expect(answer.headers.get('retry-after')).to.equal('30');
    expect(Object.fromEntries(answer.headers)).to.include({
      'x-integration-log-id': anId(900),
      'x-integration-attempts': '2',
      'x-integration-cost': '0 USD',
      'cache-status': 'integration; fwd=miss; stored',
      'content-type': 'application/problem+json',
    });
    expect(answer.headers.get('x-integration-provider')).to.equal(null);
    expect(answer.headers.get('server-timing')).to.match(/^cache;dur=/);
  });

  it('is 429 when only quotas were in the way, and names a window', async () => {
    const outcomes = ['quota-exceeded', 'quota-exceeded', 'no-match', 'not-supported'] as const;
    const attempts = outcomes.map((outcome) => anAttempt({ outcome }));
    const windows = [aWindow(), aWindow({ window: 'day', limit: 2000, used: 2000, remaining: 0 })];
    const { answer, problem } = await answerTo(
      aFailedCall({ kind: 'all-providers-failed', attempts, retryAfterMs: 0 }, { windows }),
    );
    expect(answer.status).to.equal(429);
    expect(answer.headers.get('retry-after')).to.equal('12');
    expect(problem['window']).to.deep.equal({
      service_name: 'google-main',
      window_type: 'day',
      limit: 2000,
      used: 2000,
      remaining: 0,
      resets_at: new Date(NOON + 11_500).toISOString(),
    });
  });

  const refusedWithoutAWait: ProviderError = {
    kind: 'quota-exceeded',
    scope: 'provider',
    retryAfterMs: 0,
    message,
  };

  it('says of a 429 without a wait to come back when the last of our full windows has room', async () => {
    const windows = [
      aWindow({ used: 60, remaining: 0 }),
      aWindow({ window: 'day', limit: 2000, used: 2000, remaining: 0, resetsAt: NOON + 7_200_000 }),
      aWindow({ window: 'month', resetsAt: NOON + 9_000_000 }),
    ];
    const { answer, problem } = await answerTo(aProviderFailure(refusedWithoutAWait, { windows }));
    expect(answer.headers.get('retry-after')).to.equal('7200');
    expect(problem['window']).to.include({ window_type: 'day' });
  });

  it('reports no wait longer than the full window and the transit time of its calls, whatever clock the limiter uses', async () => {
    const windows = [aWindow({ used: 60, remaining: 0, resetsAt: NOON + 3_660_000 })];
    const ahead = await answerTo(aProviderFailure(refusedWithoutAWait, { windows }));
    expect(ahead.answer.headers.get('retry-after')).to.equal('61');
    const past = [aWindow({ used: 60, remaining: 0, resetsAt: NOON - 3_600_000 })];
    const behind = await answerTo(aProviderFailure(refusedWithoutAWait, { windows: past }));
    expect(behind.answer.headers.get('retry-after')).to.equal('1');
  });

  it("names the tenant's own window", async () => {
    const window = aWindow({ subjectId: 'tenant:geocoding', limit: 50, used: 50, remaining: 0 });
    const { answer, problem } = await answerTo(
      aProviderFailure(
        { kind: 'quota-exceeded', scope: 'tenant', retryAfterMs: 300, window, message: 'used up' },
        { windows: [window] },
      ),
    );
    expect(answer.headers.get('retry-after')).to.equal('1');
    expect(problem['window']).to.include({ service_name: 'tenant:geocoding', limit: 50 });
    expect(answer.headers.get('ratelimit')).to.equal('"tenant-geocoding-minute";r=0;t=12');
  });

  it('always says when to come back, also when nobody knows', async () => {
    const unknown = await answerTo(
      aProviderFailure({ kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 0, message }),
    );
    const none = await answerTo(
      aFailedCall({ kind: 'no-provider', message: 'register a geocoding service' }),
    );
    const unwritten = await answerTo(aProviderFailure({ kind: 'outcome-unknown', message }));
    expect(unknown.answer.headers.get('retry-after')).to.equal('10');
    expect(unwritten.answer.headers.get('retry-after')).to.equal('10');
    expect(none.answer.headers.get('retry-after')).to.equal('10');
    expect([none.answer.status, none.problem['code'], none.problem['detail']]).to.deep.equal([
      503,
      'unavailable',
      'register a geocoding service',
    ]);
  });

  it('is 504 when the deadline passed', async () => {
    const attempts = [anAttempt({ outcome: 'provider-timeout' })];
    const { answer, problem } = await answerTo(aFailedCall({ kind: 'deadline-exceeded', attempts }));
    expect([answer.status, problem['code']]).to.deep.equal([504, 'provider-timeout']);
    expect(problem['attempts']).to.have.length(1);
  });
});
