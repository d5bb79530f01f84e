import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { CommandMessage, CommandReply, Settlement } from '../../../../src/application/command-queue.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aFailedCall, aMatch, aProviderFailure, aReport } from '../../../support/a-call-report.ts';
import {
  aCommandConsumer,
  aCommandMessage,
  RENEW_EVERY_MS,
  type ConsumerUnderTest,
} from '../../../support/a-command-consumer.ts';
import { anExternalService, anId, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { LEASE_MS, memoryCommandReceipts } from '../../../support/memory-command-receipts.ts';
import { recordingTracing } from '../../../support/recording-tracing.ts';
import { LostDatabase } from '../../../support/with-http-server.ts';

type Problem = { readonly [member: string]: unknown };

const replyOf = (settlement: Settlement): CommandReply => {
  if (!('reply' in settlement)) throw new Error(`${settlement.kind} where an answer was expected`);
  return settlement.reply;
};
const problemOf = (settlement: Settlement): Problem => JSON.parse(replyOf(settlement).body) as Problem;

describe('a command', () => {
  let sut: ConsumerUnderTest;
  beforeEach(() => void (sut = aCommandConsumer()));

  it('is carried out for its tenant in the name of its sender, and answered', async () => {
    const settlement = await sut.consume(aCommandMessage({ correlationId: 'c-1' }));
    expect(settlement.kind).to.equal('done');
    expect(replyOf(settlement)).to.include({
      status: 200,
      contentType: 'application/json',
      isRepeat: false,
    });
    expect(sut.application.contexts).to.deep.equal([
      {
        tenantId: 'uk_company_1',
        actor: { kind: 'system', id: 'bus:request-service', tenants: ['uk_company_1'], scopes: 'all' },
        correlationId: 'c-1',
      },
    ]);
  });

  it('leaves one line in the log and one in the metrics', async () => {
    await sut.consume(aCommandMessage({ correlationId: 'c-1' }));
    expect(sut.lines).to.deep.equal([
      {
        level: 'info',
        event: 'bus.command',
        request_id: 'c-1',
        trace_id: undefined,
        message_id: 'order-17',
        command: 'integration.command.geocode',
        outcome: 'done',
        retries: 0,
        duration_ms: 0,
        tenant: 'uk_company_1',
        actor: 'bus:request-service',
        code: undefined,
        error: undefined,
      },
    ]);
    expect(sut.finished).to.deep.equal([
      { command: 'integration.command.geocode', outcome: 'done', durationMs: 0 },
    ]);
  });

  it('uses its message id as the request id when the correlation id is malformed, and makes one when both are', async () => {
    await sut.consume(aCommandMessage({ correlationId: 'not sane' }));
    await sut.consume(aCommandMessage({ messageId: 'also/not:sane', correlationId: undefined }));
    expect(sut.application.contexts.map(({ correlationId }) => correlationId)).to.deep.equal([
      'order-17',
      anId(1),
    ]);
  });

  it('names as its sender whom the broker checked when the application did not say, and nobody for what is no name', async () => {
    const senders: readonly Partial<CommandMessage>[] = [
      { appId: undefined },
      { appId: 'no name', userId: undefined },
      { appId: 'ist_0123456789abcdefghijklmnopqrstuv', userId: 'two words' },
    ];
    for (const [n, sender] of senders.entries())
      await sut.consume(aCommandMessage({ ...sender, messageId: `m-${n}` }));
    expect(sut.application.contexts.map(({ actor }) => actor.id)).to.deep.equal([
      'bus:guest',
      'bus:unknown',
      'bus:unknown',
    ]);
  });

  it('passes a valid trace context on and drops an invalid one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const [n, given] of [traceparent, 'nonsense', 7].entries())
      await sut.consume(
        aCommandMessage({
          messageId: `m-${n}`,
          headers: { management_company_id: 'uk_company_1', traceparent: given },
        }),
      );
    expect(sut.application.contexts.map((ctx) => ctx.traceparent)).to.deep.equal([
      traceparent,
      undefined,
      undefined,
    ]);
  });

  it('is one piece of a trace, below what its sender did, where traces are collected', async () => {
    const tracing = recordingTracing();
    const traced = aCommandConsumer(memoryCommandReceipts, tracing);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { management_company_id: 'uk_company_1', traceparent };
    await traced.consume(aCommandMessage({ headers }));
    await traced.consume(aCommandMessage({ type: undefined }));
    const [done, refused] = tracing.spans;
    expect(done).to.deep.include({
      name: 'process integration.command.geocode',
      parent: traceparent,
      failure: undefined,
      hasEnded: true,
      attributes: {
        'messaging.operation.name': 'process',
        'integration.request_id': 'order-17',
        'integration.outcome': 'done',
      },
    });
    expect(refused).to.include({ name: 'process unknown', failure: 'unknown-command', hasEnded: true });
    expect(traced.application.contexts[0]?.traceparent).to.equal(done?.traceparent);
    expect(traced.lines.map(({ trace_id }) => trace_id)).to.deep.equal(['a'.repeat(32), 'a'.repeat(32)]);
  });

  describe('that is wrong itself', () => {
    const refusals: readonly (readonly [string, string, number, Parameters<typeof aCommandMessage>[0]])[] = [
      ['has no message id', 'message-id-required', 400, { messageId: undefined }],
      ['has a message id with a space', 'message-id-required', 400, { messageId: 'order 17' }],
      ['has a message id of 256 characters', 'message-id-required', 400, { messageId: 'x'.repeat(256) }],
      ['has no type', 'unknown-command', 404, { type: undefined }],
      ['has an unknown type', 'unknown-command', 404, { type: 'integration.command.launch' }],
      ['has the type of a method of objects', 'unknown-command', 404, { type: 'constructor' }],
      ['names no tenant', 'tenant-required', 400, { headers: {} }],
      ['names an empty tenant', 'tenant-required', 400, { headers: { management_company_id: '' } }],
      ['names a tenant by a number', 'tenant-malformed', 400, { headers: { management_company_id: 7 } }],
      ['names a tenant with a slash', 'tenant-malformed', 400, { headers: { management_company_id: 'a/b' } }],
      [
        'names a tenant without services here',
        'tenant-unknown',
        403,
        { headers: { management_company_id: 'uk_company_2' } },
      ],
      ['has a body of more than 1 MiB', 'too-large', 413, { bodyBytes: 1024 * 1024 + 1 }],
      ['has no body', 'malformed-request', 400, { body: '' }],
      ['has a body that is not JSON', 'malformed-request', 400, { body: '{"address":' }],
      ['has a body that is not UTF-8', 'malformed-request', 400, { body: Buffer.from([0x22, 0xff, 0x22]) }],
      [
        'says that its body, which is no JSON, is gzipped',
        'unsupported-media-type',
        415,
        { body: gzipSync('{}'), contentEncoding: 'gzip' },
      ],
      [
        'says that its body, which is no JSON, is in base64',
        'unsupported-media-type',
        415,
        { body: 'e30=', contentEncoding: 'Base64' },
      ],
      [
        'has a body that is not UTF-8 as it says',
        'malformed-request',
        400,
        { body: Buffer.from([0x22, 0xff, 0x22]), contentEncoding: 'UTF-8' },
      ],
      ['is nested too deeply', 'malformed-request', 400, { body: '['.repeat(65) + ']'.repeat(65) }],
      ['asks for nothing', 'invalid-input', 422, { body: {} }],
      [
        'has a name twice, encoded or not',
        'invalid-input',
        422,
        { body: '{"address":"a","address":"b"}', contentEncoding: 'gzip' },
      ],
      ['has killed its consumers', 'poisoned', 500, { returns: 5, returnsInARow: 5 }],
    ];
    for (const [what, code, status, change] of refusals)
      it(`is refused, parked with the reason and answered at once when it ${what}: ${code}`, async () => {
        const settlement = await sut.consume(aCommandMessage({ ...change, correlationId: 'c-1' }));
        expect(settlement).to.include({ kind: 'parked', reason: code });
        expect(replyOf(settlement)).to.include({ status, contentType: 'application/problem+json' });
        const problem = problemOf(settlement);
        expect(problem).to.include({
          type: `urn:integration-service:problem:${code}`,
          status,
          code,
          request_id: 'c-1',
        });
        expect(settlement).to.have.property('detail', problem['detail']);
        expect(sut.lines.map(({ level, outcome, code: logged }) => [level, outcome, logged])).to.deep.equal([
          // Bad input concerns its sender; what ends processes concerns the operator.
          code === 'poisoned' ? ['warn', 'exhausted', code] : ['info', 'refused', code],
        ]);
        expect(sut.application.contexts).to.deep.equal([]);
      });

    it('is given up after five consumers died while they carried it out, and has all tries again when it is moved back', async () => {
      const message = aCommandMessage();
      const { messageId = '', type = '' } = message;
      const bodyHash = createHash('sha256').update(message.body).digest('hex');
      for (let died = 0; died < 5; died += 1) {
        await sut.receipts.claim(TENANT, { messageId, type, bodyHash });
        sut.clock.advance(LEASE_MS + 1);
      }
      const given = await sut.consume(message);
      expect(given).to.include({ kind: 'parked', reason: 'poisoned' });
      expect(sut.lines.at(-1)).to.include({ level: 'warn', outcome: 'exhausted', code: 'poisoned' });
      expect(sut.application.contexts).to.deep.equal([]);
      expect((await sut.consume(aCommandMessage({ isMovedBack: true }))).kind).to.equal('done');
    });

    it('is carried out however often it came back with others, waiting for its turn or for a lease', async () => {
      const settlement = await sut.consume(aCommandMessage({ returns: 9, returnsInARow: 4 }));
      expect(settlement.kind).to.equal('done');
    });

    it('is refused for its tenant no longer once that has a service, and the tenant is then remembered', async () => {
      const { listServices } = sut.application.queries;
      let looks = 0;
      sut.application.queries.listServices = (...args) => {
        looks += 1;
        return listServices(...args);
      };
      const headers = { management_company_id: 'uk_company_2' };
      const kinds = [(await sut.consume(aCommandMessage({ headers }))).kind];
      sut.application.services.set(anId(2), anExternalService({ id: anId(2), tenantId: OTHER_TENANT }));
      for (let n = 0; n < 3; n += 1)
        kinds.push((await sut.consume(aCommandMessage({ headers, messageId: `m-${n}` }))).kind);
      expect(kinds).to.deep.equal(['parked', 'done', 'done', 'done']);
      expect(looks).to.equal(2);
      sut.application.services.delete(anId(2));
      sut.clock.advance(30_000);
      expect((await sut.consume(aCommandMessage({ headers, messageId: 'm-4' }))).kind).to.equal('parked');
    });

    it('is carried out when its body is JSON, whatever encoding it declares', async () => {
      for (const contentEncoding of ['utf-8', 'UTF8', 'identity', 'binary', 'gzip', 'constructor'])
        expect((await sut.consume(aCommandMessage({ contentEncoding }))).kind).to.equal('done');
    });

    it('is told what to send when it is encoded', async () => {
      const sent = aCommandMessage({ body: gzipSync('{}'), contentEncoding: 'gzip' });
      expect(await sut.consume(sent))
        .to.have.property('detail')
        .that.matches(/^content_encoding .* send JSON in UTF-8/);
    });

    it('names everything that is wrong with the body', async () => {
      const settlement = await sut.consume(aCommandMessage({ body: { adress: 'a', limit: 0 } }));
      expect(problemOf(settlement)['errors']).to.deep.equal([
        { pointer: '/address', detail: 'is required' },
        { pointer: '/adress', detail: 'is not known here' },
        { pointer: '/limit', detail: 'an integer from 1 to 20' },
      ]);
    });

    it('never reveals what was sent in an answer, a reason or the log', async () => {
      const secret = 'AIzaSyA-secret-that-was-pasted';
      const sent: readonly Parameters<typeof aCommandMessage>[0][] = [
        { type: secret },
        { messageId: secret, type: 'x' },
        { headers: { management_company_id: `/${secret}` } },
        { body: `{"address": ${secret}` },
        { correlationId: secret, body: {} },
        { messageId: secret },
      ];
      for (const change of sent) {
        const settlement = await sut.consume(aCommandMessage(change));
        expect(JSON.stringify(settlement)).to.not.contain(secret);
      }
      expect(JSON.stringify(sut.lines)).to.not.contain(secret);
    });

    it('counts what is no command under one label', async () => {
      await sut.consume(aCommandMessage({ type: 'integration.command.launch' }));
      expect(sut.finished.map(({ command }) => command)).to.deep.equal(['unknown']);
    });

    it('may be corrected and sent again under its id', async () => {
      await sut.consume(aCommandMessage({ body: {} }));
      expect((await sut.consume(aCommandMessage())).kind).to.equal('done');
    });
  });

  describe('that comes again', () => {
    it('gets the answer it got before, and nothing is done', async () => {
      const first = await sut.consume(aCommandMessage());
      const second = await sut.consume(aCommandMessage({ correlationId: 'other' }));
      expect(replyOf(second)).to.deep.equal({ ...replyOf(first), isRepeat: true });
      expect(sut.application.asked).to.have.length(1);
      expect(sut.application.contexts).to.have.length(1);
      expect(sut.finished.map(({ outcome }) => outcome)).to.deep.equal(['done', 'repeated']);
    });

    it('gets the refusal it got before, acknowledged: it is parked already', async () => {
      sut.application.queries.geocodeAddress = async () =>
        left(aProviderFailure({ kind: 'request-rejected', message: 'no' }));
      const first = await sut.consume(aCommandMessage());
      const second = await sut.consume(aCommandMessage());
      expect([first.kind, second.kind]).to.deep.equal(['parked', 'done']);
      expect(replyOf(second)).to.deep.equal({ ...replyOf(first), isRepeat: true });
    });

    it('is parked again when it came back with its refusal, since the broker may not have accepted the dead letter', async () => {
      sut.application.queries.geocodeAddress = async () =>
        left(aProviderFailure({ kind: 'request-rejected', message: 'no' }));
      const first = await sut.consume(aCommandMessage());
      const second = await sut.consume(aCommandMessage({ returns: 1 }));
      expect(second).to.deep.equal({ ...first, reply: { ...replyOf(first), isRepeat: true } });
      expect(sut.finished.map(({ outcome }) => outcome)).to.deep.equal(['refused', 'repeated']);
    });

    it('is parked again when somebody moves its dead letter back, and is not lost', async () => {
      sut.application.queries.geocodeAddress = async () =>
        left(aProviderFailure({ kind: 'request-rejected', message: 'no' }));
      const first = await sut.consume(aCommandMessage());
      const second = await sut.consume(aCommandMessage({ isMovedBack: true }));
      expect(second).to.deep.equal({ ...first, reply: { ...replyOf(first), isRepeat: true } });
    });

    it('is acknowledged when it came back with its answer', async () => {
      await sut.consume(aCommandMessage());
      expect((await sut.consume(aCommandMessage({ returns: 1 }))).kind).to.equal('done');
    });

    it('is acknowledged when it came back and was carried out, though its answer was too large', async () => {
      const attribution = 'x'.repeat(15 * 1024 * 1024);
      sut.application.queries.geocodeAddress = async () =>
        right({ value: { matches: [], attribution }, report: aReport() });
      await sut.consume(aCommandMessage());
      expect((await sut.consume(aCommandMessage({ returns: 1 }))).kind).to.equal('done');
    });

    it('is refused when its body or its type is another one', async () => {
      await sut.consume(aCommandMessage());
      const others = [
        { body: { address: 'Самарканд' } },
        { type: 'integration.command.cache.invalidate', body: {} },
      ];
      for (const other of others)
        expect(await sut.consume(aCommandMessage(other))).to.include({
          kind: 'parked',
          reason: 'idempotency-mismatch',
        });
      expect(sut.application.contexts).to.have.length(1);
    });

    it('says so when the answer was too large to be kept', async () => {
      sut.application.queries.geocodeAddress = async () =>
        right({
          value: { matches: Array.from({ length: 10 }, () => aMatch()), attribution: '' },
          report: aReport(),
        });
      await sut.consume(aCommandMessage());
      const second = await sut.consume(aCommandMessage());
      expect(second.kind).to.equal('done');
      expect(problemOf(second)).to.include({ code: 'answer-not-kept', status: 410 });
    });

    it('is asked again when a licence forbids to keep what the first was told, and is one that came again', async () => {
      const told = { value: { matches: [], attribution: 'Y' }, report: aReport({ isWithheld: true }) };
      let asked = 0;
      sut.application.queries.geocodeAddress = async () => {
        asked += 1;
        return right(told);
      };
      const settled = [await sut.consume(aCommandMessage()), await sut.consume(aCommandMessage())];
      expect(settled.map(({ kind }) => kind)).to.deep.equal(['done', 'done']);
      expect(settled.map((one) => replyOf(one).isRepeat)).to.deep.equal([false, true]);
      for (const one of settled) expect(replyOf(one).body).to.contain('"attribution":"Y"');
      expect(asked).to.equal(2);
      expect(sut.finished.map(({ outcome }) => outcome)).to.deep.equal(['done', 'repeated']);
      sut.application.queries.geocodeAddress = async () =>
        left(aProviderFailure({ kind: 'provider-unavailable', message: 'away' }));
      expect((await sut.consume(aCommandMessage())).kind).to.equal('retry');
    });

    it('is told, like the first one, that the answer is larger than brokers accept', async () => {
      const attribution = 'x'.repeat(15 * 1024 * 1024);
      sut.application.queries.geocodeAddress = async () =>
        right({ value: { matches: [], attribution }, report: aReport() });
      for (const message of ['first', 'second']) {
        const settled = await sut.consume(aCommandMessage());
        expect(settled.kind, message).to.equal('done');
        expect(problemOf(settled)).to.include({ code: 'answer-too-large', status: 413 });
      }
    });

    it('waits while the first is under way, and then gets its answer', async () => {
      const answered = sut.application.queries.geocodeAddress;
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      sut.application.queries.geocodeAddress = async (...args) => {
        await held;
        return answered(...args);
      };
      const first = sut.consume(aCommandMessage());
      await turn();
      expect(await sut.consume(aCommandMessage())).to.deep.equal({ kind: 'postponed' });
      release();
      expect((await first).kind).to.equal('done');
      expect(replyOf(await sut.consume(aCommandMessage())).isRepeat).to.equal(true);
    });

    it('goes to no other consumer for as long as the first is working on it, however long that takes', async () => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const answered = sut.application.queries.geocodeAddress;
      sut.application.queries.geocodeAddress = async (...args) => {
        await held;
        return answered(...args);
      };
      const first = sut.consume(aCommandMessage());
      await sut.clock.run(3 * LEASE_MS);
      expect(await sut.consume(aCommandMessage())).to.deep.equal({ kind: 'postponed' });
      release();
      await first;
      expect(sut.clock.pending()).to.equal(0);
    });

    it('waits for the other one whose answer counts when the lease was lost on the way', async () => {
      const other = aCommandConsumer((clock) => ({
        ...memoryCommandReceipts(clock),
        finish: async () => false,
      }));
      expect(await other.consume(aCommandMessage())).to.deep.equal({ kind: 'postponed' });
    });
  });

  describe('that meets a failure', () => {
    const message = 'what the provider did';
    const unknown = { retryAfterMs: 0, message };
    const failures = [
      [
        aProviderFailure({ kind: 'quota-exceeded', scope: 'provider', ...unknown }),
        'retry',
        'quota-exceeded',
      ],
      [aProviderFailure({ kind: 'provider-unavailable', message }), 'retry', 'provider-failed'],
      [aProviderFailure({ kind: 'breaker-open', ...unknown }), 'retry', 'unavailable'],
      [aProviderFailure({ kind: 'provider-timeout', message }), 'retry', 'provider-timeout'],
      [aProviderFailure({ kind: 'answer-not-understood', message }), 'retry', 'answer-not-understood'],
      [
        aFailedCall({ kind: 'all-providers-failed', attempts: [], retryAfterMs: 0 }),
        'retry',
        'provider-failed',
      ],
      [aFailedCall({ kind: 'deadline-exceeded', attempts: [] }), 'retry', 'provider-timeout'],
      [aFailedCall({ kind: 'no-provider', message }), 'parked', 'unavailable'],
      [aProviderFailure({ kind: 'credentials-rejected', message }), 'parked', 'credentials-rejected'],
      [aProviderFailure({ kind: 'request-rejected', message }), 'parked', 'request-rejected'],
      [aProviderFailure({ kind: 'not-supported', message }), 'parked', 'request-rejected'],
    ] as const;
    for (const [failure, kind, code] of failures) {
      const what = failure.error.kind === 'call-failed' ? failure.error.error.kind : failure.error.kind;
      it(`${kind === 'retry' ? 'is tried again' : 'is parked at once'} on ${what}`, async () => {
        sut.application.queries.geocodeAddress = async () => left(failure);
        expect(await sut.consume(aCommandMessage())).to.include({ kind, reason: code });
      });
    }

    it('is tried again when the database is away, wherever that shows, and the log warns', async () => {
      const lost = async (): Promise<never> => {
        throw new LostDatabase('Connection terminated');
      };
      const { listServices, geocodeAddress } = sut.application.queries;
      sut.application.queries.listServices = lost;
      expect(await sut.consume(aCommandMessage())).to.deep.equal({ kind: 'retry', reason: 'unavailable' });
      sut.application.queries.listServices = listServices;
      sut.application.queries.geocodeAddress = lost;
      expect(await sut.consume(aCommandMessage())).to.deep.equal({ kind: 'retry', reason: 'unavailable' });
      sut.application.queries.geocodeAddress = geocodeAddress;
      expect((await sut.consume(aCommandMessage())).kind).to.equal('done');
      expect(sut.lines.map(({ level, error }) => [level, error?.kind])).to.deep.equal([
        ['warn', 'dependency-lost'],
        ['warn', 'dependency-lost'],
        ['info', undefined],
      ]);
    });

    it('is tried again when its answer could not be kept for a third of the lease', async () => {
      const other = aCommandConsumer((clock) => ({
        ...memoryCommandReceipts(clock),
        finish: () => Promise.reject(new LostDatabase('Connection terminated')),
        release: () => Promise.reject(new LostDatabase('Connection terminated')),
      }));
      const settled = other.consume(aCommandMessage());
      await other.clock.run(RENEW_EVERY_MS);
      expect((await settled).kind).to.equal('retry');
      expect(other.clock.monotonic()).to.be.below(LEASE_MS - RENEW_EVERY_MS);
    });

    it('keeps its answer over a moment without the database, and is not carried out again', async () => {
      let failures = 0;
      const other = aCommandConsumer((clock) => {
        const receipts = memoryCommandReceipts(clock);
        return {
          ...receipts,
          finish: (...args) =>
            (failures += 1) < 4
              ? Promise.reject(new LostDatabase('Connection terminated'))
              : receipts.finish(...args),
        };
      });
      const settled = other.consume(aCommandMessage());
      await other.clock.run(1_000);
      expect((await settled).kind).to.equal('done');
      expect(replyOf(await other.consume(aCommandMessage())).isRepeat).to.equal(true);
      expect(other.application.contexts).to.have.length(1);
    });

    it('is not held for an answer that cannot be kept for another reason', async () => {
      const other = aCommandConsumer((clock) => ({
        ...memoryCommandReceipts(clock),
        finish: () => Promise.reject(new TypeError('undefined is no function')),
      }));
      expect(await other.consume(aCommandMessage())).to.deep.equal({ kind: 'retry', reason: 'internal' });
      expect(other.clock.monotonic()).to.equal(0);
    });

    it('is tried again after a bug, which the log calls an error', async () => {
      sut.application.queries.geocodeAddress = () =>
        Promise.reject(new TypeError('undefined is no function'));
      expect(await sut.consume(aCommandMessage())).to.deep.equal({ kind: 'retry', reason: 'internal' });
      expect(sut.lines[0]).to.include({ level: 'error', outcome: 'retried' });
      expect(sut.lines[0]?.error?.message).to.equal('undefined is no function');
    });

    it('is parked and answered after the last attempt, and a later repeat begins anew', async () => {
      const { geocodeAddress } = sut.application.queries;
      sut.application.queries.geocodeAddress = async () =>
        left(aProviderFailure({ kind: 'provider-unavailable', message }));
      const settlement = await sut.consume(aCommandMessage({ retries: 4, retriesLeft: 0 }));
      expect(settlement).to.include({ kind: 'parked', reason: 'provider-failed', detail: message });
      expect(replyOf(settlement).status).to.equal(502);
      expect(sut.lines[0]).to.include({ level: 'warn', outcome: 'exhausted', retries: 4 });
      sut.application.queries.geocodeAddress = geocodeAddress;
      expect((await sut.consume(aCommandMessage())).kind).to.equal('done');
    });

    it('keeps a lease alive by renewals that may fail', async () => {
      let renewals = 0;
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const other = aCommandConsumer((clock) => ({
        ...memoryCommandReceipts(clock),
        renew: () => {
          renewals += 1;
          return Promise.reject(new LostDatabase('Connection terminated'));
        },
      }));
      const { geocodeAddress } = other.application.queries;
      other.application.queries.geocodeAddress = async (...args) => {
        await held;
        return geocodeAddress(...args);
      };
      const settled = other.consume(aCommandMessage());
      await other.clock.run(2 * RENEW_EVERY_MS);
      release();
      expect((await settled).kind).to.equal('done');
      expect(renewals).to.equal(2);
    });
  });
});
