import { expect } from 'chai';
import diagnostics from 'node:diagnostics_channel';
import { EventEmitter, on, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { right } from '../../../../src/domain/shared/fp.ts';
import { aMatch, aReport } from '../../../support/a-call-report.ts';
import { requestHead } from '../../../support/raw-http.ts';
import { eventually } from '../../../support/until.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

/** Together far more than the some 10 MB that the system buffers for a connection: most of it waits for its reader. */
const ADDRESSES = 1_000;
const LINE_BYTES = 64 * 1024;
const LANES = 16;
/** What a stream buffers before it reports that it is full, with room for heads and chunk framing. */
const STREAM_BYTES = 64 * 1024;
const NDJSON = 'application/x-ndjson';

describe('a reader of an answer', () => {
  let server: RunningServer;
  let socket: Socket;
  let asked: number;
  let mostWaiting: number;
  let answers: ServerResponse[];
  const diagnosed = new EventEmitter();
  const note = (message: unknown) => {
    const { response } = message as { readonly response: ServerResponse };
    answers.push(response);
    diagnosed.emit('begun');
  };

  before(() => diagnostics.subscribe('http.server.request.start', note));
  after(() => diagnostics.unsubscribe('http.server.request.start', note));
  afterEach(async () => {
    socket.destroy();
    await server.http.close(0);
  });

  const start = async (readerTimeoutMs: number) => {
    server = await startHttpServer({ limits: { readerTimeoutMs } });
    [asked, mostWaiting, answers] = [0, 0, []];
    const match = aMatch({ formattedAddress: 'x'.repeat(LINE_BYTES) });
    server.application.queries.geocodeAddress = async () => {
      asked += 1;
      mostWaiting = Math.max(mostWaiting, answers[0]?.writableLength ?? 0);
      return right({ value: { matches: [match], attribution: '' }, report: aReport() });
    };
    socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
  };

  const ask = (accept: string, addresses: number, connection = 'close'): void => {
    const body = JSON.stringify({ addresses: Array.from({ length: addresses }, (_, i) => `a${i}`) });
    const headers = {
      authorization: 'Bearer admin',
      'x-management-company-id': 'uk_company_1',
      'content-type': 'application/json',
      'content-length': String(body.length),
      accept,
      connection,
    };
    socket.write(requestHead('POST', '/geocoding/batch', headers) + body);
  };

  /** The nth answer that began, from 1. */
  const answer = async (nth = 1): Promise<ServerResponse> => {
    while (answers.length < nth) await once(diagnosed, 'begun');
    return answers[nth - 1] as ServerResponse;
  };
  const closed = async (response: ServerResponse): Promise<ServerResponse> => {
    if (!response.closed) await once(response, 'close');
    return response;
  };
  /** Reads at most this many bytes at a time, with a pause before each; resolves when the connection ends. */
  const readSlowly = async (bytes: number, pauseMs: number): Promise<number> => {
    let [read, since] = [0, 0];
    for await (const [chunk] of on(socket, 'data', { close: ['end', 'close'] }) as AsyncIterable<[Buffer]>) {
      read += chunk.length;
      since += chunk.length;
      if (since < bytes) continue;
      since = 0;
      socket.pause();
      await pause(pauseMs);
      socket.resume();
    }
    return read;
  };

  it('who takes nothing holds up the calls of its batch, and is cut off', async () => {
    await start(100);
    ask(NDJSON, ADDRESSES);
    const response = await closed(await answer());
    expect(response.writableFinished).to.equal(false);
    // No connection is left to wait for: the batch itself is over, too.
    await server.http.close(5_000);
    expect(asked).to.be.within(LANES, ADDRESSES - LANES);
    expect(mostWaiting).to.be.below((LANES + 1) * LINE_BYTES + STREAM_BYTES);
    expect(server.lines.map(({ status, reason }) => [status, reason])).to.deep.equal([
      [200, 'reader-stalled'],
    ]);
  });

  it('who takes nothing of an answer in one piece is cut off', async () => {
    await start(100);
    ask('application/json', ADDRESSES);
    const response = await closed(await answer());
    expect([asked, response.writableFinished]).to.deep.equal([ADDRESSES, false]);
  });

  it('who takes a little at a time gets it all, however long it takes', async () => {
    await start(400);
    ask(NDJSON, ADDRESSES / 4);
    const began = performance.now();
    const read = await readSlowly(1024 * 1024, 100);
    expect(performance.now() - began).to.be.above(2 * 400);
    expect(read).to.be.above((ADDRESSES / 4) * LINE_BYTES);
    expect(server.lines.map(({ status, reason }) => [status, reason])).to.deep.equal([[200, undefined]]);
  });

  it('who waits for us is waited for, behind a large answer on the same connection, too', async () => {
    // Long enough for a reader in this same process, which is stalled whenever the process is.
    const readerTimeoutMs = 1_000;
    await start(readerTimeoutMs);
    for (const accept of [NDJSON, 'application/json']) ask(accept, ADDRESSES / 4, 'keep-alive');
    socket.resume();
    await closed(await answer(2));
    server.application.queries.geocodeAddress = async () => {
      // No more than twice that time may pass.
      await pause(2.2 * readerTimeoutMs);
      return right({ value: { matches: [], attribution: '' }, report: aReport() });
    };
    for (const accept of [NDJSON, 'application/json']) ask(accept, 2, 'keep-alive');
    await closed(await answer(4));
    const ends = answers.map(({ writableFinished }, i) => [writableFinished, server.lines[i]?.reason]);
    expect(ends).to.deep.equal(answers.map(() => [true, undefined]));
  });

  it('who goes away leaves its batch without an error', async () => {
    await start(60_000);
    ask(NDJSON, ADDRESSES);
    const response = await answer();
    await eventually('the answer to be held up', async () => response.writableNeedDrain || undefined);
    socket.destroy();
    await closed(response);
    await server.http.close(5_000);
    expect(asked).to.be.below(ADDRESSES);
    expect(server.lines.map(({ level, reason }) => [level, reason])).to.deep.equal([['info', 'caller-gone']]);
  });
});
