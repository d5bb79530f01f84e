import { expect } from 'chai';
import fc from 'fast-check';
import type { CacheReport } from '../../../../src/application/provider-call/call-report.ts';
import { toldOfReply } from '../../../../src/interfaces/amqp/command-answers.ts';
import { callHeaders } from '../../../../src/interfaces/wire/presenters/call-headers.ts';
import { metaMembersBytes, metaOf } from '../../../../src/interfaces/wire/presenters/call-meta.ts';
import { callReply } from '../../../../src/interfaces/wire/presenters/call-reply.ts';
import { asBytes } from '../../../../src/interfaces/wire/reply.ts';
import { aHitReport, anAttempt, aReport, aWindow } from '../../../support/a-call-report.ts';
import { NOON } from '../../../support/an-external-service.ts';

const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

const seconds = fc.integer({ min: -10_000, max: 100_000 });
const layer = fc.constantFrom('l1' as const, 'l2' as const);
const found = fc.record({ layer, ageSeconds: seconds, ttlSeconds: seconds, key: fc.string() });
const caches: fc.Arbitrary<CacheReport> = fc.oneof(
  found.map((cache) => ({ status: 'hit' as const, ...cache })),
  found.map((cache) => ({ status: 'stale' as const, ...cache })),
  fc.record({
    status: fc.constant('miss' as const),
    reason: fc.constantFrom('cold' as const, 'expired' as const, 'bypassed' as const, 'purged' as const),
    collapsed: fc.boolean(),
    stored: fc.boolean(),
    key: fc.string(),
  }),
  fc.constant({ status: 'bypass' as const, key: undefined }),
);
const reports = fc
  .record({
    provider: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    cache: caches,
    attempts: fc.array(
      fc.string({ unit: 'grapheme' }).map((message) => anAttempt({ message })),
      { maxLength: 2 },
    ),
    cost: fc.record({ micros: fc.nat(), currency: fc.constantFrom('USD', 'EUR') }),
    logId: fc.uuid(),
  })
  .map((change) => aReport(change));

describe('how a call is told', () => {
  it('is the same in the text written by hand as in the object', () => {
    fc.assert(
      fc.property(reports, fc.string({ unit: 'grapheme' }), (report, requestId) => {
        const { attribution: _, ...members } = metaOf(report, null, requestId);
        expect(JSON.parse(`{${textOf(metaMembersBytes(report, requestId))}}`)).to.deep.equal(members);
      }),
    );
  });

  it('keeps any text as its UTF-8 bytes, one a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(Buffer.from(asBytes(text), 'latin1').equals(Buffer.from(text, 'utf8'))).to.equal(true);
      }),
    );
  });

  it('asks for no attribution with null, also where a way is measured and nobody is to be named', () => {
    const attributions = [{ attribution: '© Google' }, { attribution: '' }, {}].map((value) => {
      const { bytes = '' } = callReply({ value, report: aReport() }, () => null, 'r', NOON);
      return (JSON.parse(textOf(bytes)) as { meta: { attribution: unknown } }).meta.attribution;
    });
    expect(attributions).to.deep.equal(['© Google', null, null]);
  });

  it('makes the text of a cached value once, and of any other value each time', () => {
    const value = { attribution: '©' };
    let made = 0;
    const present = () => ({ made: (made += 1) });
    callReply({ value, report: aReport() }, present, 'r', NOON);
    callReply({ value, report: aReport() }, present, 'r', NOON);
    expect(made).to.equal(2);
    const bodies = [1, 2, 3].map(
      () => callReply({ value, report: aHitReport() }, present, 'r', NOON).bytes ?? '',
    );
    expect(made).to.equal(3);
    expect(new Set(bodies).size).to.equal(1);
    expect(JSON.parse(textOf(bodies[0] ?? ''))).to.deep.include({ data: { made: 3 } });
  });

  it('makes the text of an answer that many waited for once', () => {
    const value = { attribution: '©' };
    let made = 0;
    const present = () => ({ made: (made += 1) });
    const cache = { status: 'miss', reason: 'cold', collapsed: true, stored: false, key: '' } as const;
    for (let n = 0; n < 3; n += 1) callReply({ value, report: aReport({ cache }) }, present, 'r', NOON);
    expect(made).to.equal(1);
  });

  it('copies a large cached text into no answer, over HTTP, and into each over AMQP', () => {
    const value = { text: 'дом'.repeat(50_000) };
    const present = (cells: typeof value) => cells;
    const replies = [1, 2].map(() => callReply({ value, report: aHitReport() }, present, 'r', NOON));
    const [first, second] = replies.map(({ shared }) => shared);
    expect(first).to.be.instanceOf(Buffer);
    expect(second).to.equal(first);
    for (const reply of replies) {
      const { answer } = toldOfReply(reply, 'r');
      expect(JSON.parse(answer.body)).to.deep.include({ data: value });
      expect(answer.body).to.equal(`${reply.shared?.toString()}${textOf(reply.bytes ?? '')}`);
    }
  });

  it('tells of no wait longer than the window and its calls take to arrive, however far the clock of the limiter is ahead', () => {
    const windows = [aWindow({ resetsAt: NOON + 900_000 })];
    const headers = callHeaders(aReport({ windows }), NOON);
    expect(headers[headers.indexOf('RateLimit') + 1]).to.match(/;r=59;t=61$/);
  });

  it('promises no reset of a window that nothing may use', () => {
    const windows = [aWindow({ limit: 0, used: 0, remaining: 0, resetsAt: NOON })];
    const headers = callHeaders(aReport({ windows }), NOON);
    expect(headers[headers.indexOf('RateLimit') + 1]).to.match(/^"[^"]+";r=0$/);
  });

  it('is safe in headers, for any names', () => {
    const windows = [aWindow({ subjectId: 'tenant:"geo\r\ncoding"' })];
    const headers = callHeaders(aReport({ windows }), NOON);
    expect(headers[headers.indexOf('RateLimit') + 1]).to.equal('"tenant--geo--coding--minute";r=59;t=12');
  });
});
