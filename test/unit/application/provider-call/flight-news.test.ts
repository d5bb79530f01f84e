import { expect } from 'chai';
import fc from 'fast-check';
import {
  newsFrom,
  newsOf,
  newsText,
  type FlightNews,
} from '../../../../src/application/provider-call/flight-news.ts';
import type { Attempt, CallError, ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left } from '../../../../src/domain/shared/fp.ts';

const attempt: Attempt = {
  provider: 'google_maps',
  serviceId: 'service-1',
  serviceName: 'google_maps',
  outcome: 'provider-timeout',
  durationMs: 3_000,
  calls: 2,
  cost: { micros: 10_000, currency: 'USD' },
  message: 'no answer in time',
  status: 504,
};
const window = { subjectId: 's', window: 'minute', limit: 60, used: 60, remaining: 0, resetsAt: 1 } as const;
const errors: readonly ProviderError[] = [
  { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 100, window, message: 'full' },
  { kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 0, message: 'full' },
  { kind: 'provider-unavailable', message: 'reset' },
  { kind: 'provider-unavailable', status: 503, retryAfterMs: 1_000, message: 'it said 503' },
  { kind: 'breaker-open', retryAfterMs: 5_000, message: 'held back' },
  { kind: 'provider-timeout', message: 'late' },
  { kind: 'credentials-rejected', status: 403, message: 'refused' },
  { kind: 'request-rejected', message: 'wrong' },
  { kind: 'answer-not-understood', message: 'HTML' },
  { kind: 'not-supported', message: 'no roads' },
];
const shared: readonly CallError[] = [
  ...errors.map((error) => ({ kind: 'call-failed', error, attempts: [attempt] }) as const),
  { kind: 'all-providers-failed', attempts: [attempt, { ...attempt, outcome: 'ok' }], retryAfterMs: 1_000 },
];
const roundTrip = (news: FlightNews): FlightNews | undefined => newsFrom(newsText(news));

describe('the news of a flight', () => {
  it('carry every failure of providers whole', () => {
    for (const error of shared) {
      const news = newsOf(left(error), { budgetMs: 10_000, epoch: 0 });
      expect(news).to.deep.equal({ kind: 'failure', error, budgetMs: 10_000 });
      expect(roundTrip(news)).to.deep.equal(news);
    }
  });

  it('are not sent when the leader ran out of time, or failed for reasons of its own', () => {
    for (const error of [
      { kind: 'deadline-exceeded', attempts: [] },
      { kind: 'no-provider', message: 'none' },
      { kind: 'not-cached' },
    ] as const)
      expect(newsOf(left(error), { budgetMs: 1, epoch: 0 })).to.deep.equal({ kind: 'given-up' });
  });

  it('send to the cache for an answer that is too large to go along', () => {
    const answer = (value: unknown) => ({ kind: 'answer', serviceId: 's', alsoFrom: ['t'], value }) as const;
    expect(roundTrip(answer({ text: 'short' }))).to.deep.equal(answer({ text: 'short' }));
    expect(roundTrip(answer('long '.repeat(20_000)))).to.deep.equal({ kind: 'look' });
  });

  it('are ignored when they cannot be decoded', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant('{"kind":"failure","error":{"kind":"call-failed"}}'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(newsFrom(text)).to.equal(undefined);
      }),
    );
  });
});
