import { expect } from 'chai';
import { mayHaveWritten } from '../../../../src/application/provider-call/may-have-written.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { anAttempt } from '../../../support/a-call-report.ts';

const message = 'what the provider did';
const failed = (error: ProviderError, calls = 1) =>
  mayHaveWritten({
    kind: 'call-failed',
    error,
    attempts: [
      anAttempt({
        outcome: error.kind,
        calls,
        ...(error.status !== undefined && { status: error.status }),
      }),
    ],
  });

describe('a write that failed', () => {
  const nothingDone: readonly ProviderError[] = [
    { kind: 'quota-exceeded', scope: 'tenant', retryAfterMs: 1, message },
    { kind: 'provider-unavailable', message },
    { kind: 'breaker-open', retryAfterMs: 1, message },
    { kind: 'credentials-rejected', message },
    { kind: 'request-rejected', message },
    { kind: 'resource-not-found', message },
    { kind: 'not-supported', message },
    ...[301, 307, 404, 405].map((status) => ({ kind: 'answer-not-understood', message, status }) as const),
  ];
  for (const error of nothingDone)
    it(`left nothing behind: ${error.kind} ${error.status ?? ''}`, () =>
      expect(failed(error)).to.equal(false));

  const perhapsDone: readonly ProviderError[] = [
    { kind: 'outcome-unknown', message },
    { kind: 'provider-timeout', message },
    { kind: 'answer-not-understood', message },
    ...[200, 303, 500].map((status) => ({ kind: 'answer-not-understood', message, status }) as const),
  ];
  for (const error of perhapsDone)
    it(`may be done: ${error.kind} ${error.status ?? ''}`, () => expect(failed(error)).to.equal(true));

  it('left nothing behind after several tries when the last did not: what one may have done is told by all later', () => {
    expect(failed({ kind: 'provider-unavailable', message }, 2)).to.equal(false);
    expect(failed({ kind: 'outcome-unknown', message }, 2)).to.equal(true);
  });

  it('may be done when any of the providers asked may have done it, or did', () => {
    const after = (...attempts: readonly ReturnType<typeof anAttempt>[]) =>
      mayHaveWritten({ kind: 'all-providers-failed', attempts, retryAfterMs: 0 });
    const away = anAttempt({ outcome: 'provider-unavailable' });
    expect(after(away, away)).to.equal(false);
    expect(after(anAttempt({ outcome: 'outcome-unknown' }), away)).to.equal(true);
    expect(after(anAttempt({ outcome: 'ok' }))).to.equal(true);
  });

  it('left nothing behind when nobody was asked', () => {
    expect(mayHaveWritten({ kind: 'no-provider', message })).to.equal(false);
    expect(mayHaveWritten({ kind: 'not-cached' })).to.equal(false);
    expect(mayHaveWritten({ kind: 'deadline-exceeded', attempts: [] })).to.equal(false);
    const attempts = [anAttempt({ outcome: 'outcome-unknown' })];
    expect(mayHaveWritten({ kind: 'deadline-exceeded', attempts })).to.equal(true);
  });
});
