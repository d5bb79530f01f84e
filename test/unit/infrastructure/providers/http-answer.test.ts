import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import {
  jsonOf,
  retryAfterMs,
  statusFailure,
  withStatus,
} from '../../../../src/infrastructure/providers/http-answer.ts';
import { answered, refused } from '../../../support/provider-access.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const answer = (status: number, contentType = 'application/json', text = '{}') => ({
  status,
  contentType,
  retryAfterMs: undefined,
  text,
});

describe('http answer', () => {
  it('reads Retry-After as seconds or as a date, caps it at an hour and ignores nonsense', () => {
    expect(retryAfterMs('7', NOW)).to.equal(7_000);
    expect(retryAfterMs('Sun, 22 Nov 2026 12:00:30 GMT', NOW)).to.equal(30_000);
    expect(retryAfterMs('Sun, 22 Nov 2026 11:00:00 GMT', NOW)).to.equal(0);
    expect(retryAfterMs('99999999999999999999', NOW)).to.equal(3_600_000);
    for (const text of [undefined, '', 'soon', '-5', '1.5', '1e3', 'NaN'])
      expect(retryAfterMs(text, NOW), String(text)).to.equal(undefined);
  });

  it('reads the two older forms of a date, which are in GMT wherever this service runs', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tashkent';
    try {
      expect(retryAfterMs('Sunday, 22-Nov-26 12:00:30 GMT', NOW)).to.equal(30_000);
      expect(retryAfterMs('Sun Nov 22 12:00:30 2026', NOW)).to.equal(30_000);
      expect(retryAfterMs('Sun Nov  1 12:00:30 2026', NOW)).to.equal(0);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  const STATUSES: readonly (readonly [number, string | undefined])[] = [
    [200, undefined],
    [204, undefined],
    [301, 'answer-not-understood'],
    [304, 'answer-not-understood'],
    [400, 'request-rejected'],
    [401, 'credentials-rejected'],
    [402, 'credentials-rejected'],
    [403, 'credentials-rejected'],
    [404, 'answer-not-understood'],
    [405, 'answer-not-understood'],
    [406, 'answer-not-understood'],
    [408, 'provider-unavailable'],
    [409, 'provider-unavailable'],
    [410, 'answer-not-understood'],
    [413, 'request-rejected'],
    [414, 'request-rejected'],
    [415, 'answer-not-understood'],
    [421, 'provider-unavailable'],
    [422, 'request-rejected'],
    [425, 'provider-unavailable'],
    [426, 'answer-not-understood'],
    [429, 'quota-exceeded'],
    [431, 'answer-not-understood'],
    [451, 'credentials-rejected'],
    [499, 'provider-unavailable'],
    [500, 'provider-unavailable'],
    [503, 'provider-unavailable'],
    [599, 'provider-unavailable'],
  ];
  for (const [status, kind] of STATUSES)
    it(`reports ${kind ?? 'success'} for HTTP ${status}`, () =>
      expect(statusFailure(answer(status))?.kind).to.equal(kind));

  it('passes on the wait of an outage', () => {
    expect(statusFailure({ ...answer(503), retryAfterMs: 2_000 })).to.deep.include({ retryAfterMs: 2_000 });
  });

  it('gives a failure the status that it came with, where that is one of HTTP', () => {
    const failure = { kind: 'credentials-rejected', message: 'm' } as const;
    for (const status of [100, 200, 429, 599])
      expect(refused(withStatus(answer(status))(left(failure)))).to.deep.equal({ ...failure, status });
    for (const status of [0, 99, 600, 999])
      expect(refused(withStatus(answer(status))(left(failure)))).to.deep.equal(failure);
    expect(answered(withStatus(answer(200))(right('fine')))).to.equal('fine');
  });

  it('parses JSON of any JSON media type or none, and nothing else', () => {
    for (const type of ['application/json', 'text/json', 'application/problem+json', ''])
      expect(answered(jsonOf(answer(200, type)))).to.deep.equal({});
    for (const type of ['text/html', 'text/plain', 'application/xml', 'image/png'])
      expect(refused(jsonOf(answer(200, type))).kind).to.equal('answer-not-understood');
  });

  it('does not understand broken JSON', () => {
    for (const text of ['', '{', '{"a":', 'null x', '<html>'])
      expect(refused(jsonOf(answer(200, 'application/json', text))).kind).to.equal('answer-not-understood');
  });
});
