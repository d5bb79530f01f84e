import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Dispatcher } from 'undici';
import { exchange } from '../../../../src/infrastructure/providers/exchange.ts';

const BYTES = 5_000;
const text = Array.from({ length: BYTES }, (_, n) => 'abcdefg'[n % 7]).join('');

describe('an answer of a provider that comes byte by byte', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  it('is whole at its end, and no piece of it has been held for long: each takes some hundred bytes', async () => {
    let handler: Dispatcher.DispatchHandler = {};
    const pool = {
      dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => {
        handler = given;
        return true;
      },
    } as unknown as Dispatcher;
    const controller = {} as Dispatcher.DispatchController;
    const outgoing = {
      origin: 'https://provider.example',
      path: '/',
      method: 'GET',
      headers: {},
      body: null,
    } as const;
    const signal = new AbortController().signal;
    const limits = { timeoutMs: 60_000, signal, onSending: undefined, mayHold: undefined };
    const answer = exchange(pool, outgoing, limits);
    handler.onRequestStart?.(controller, {});
    handler.onResponseStart?.(controller, 200, {}, 'OK');
    const pieces: WeakRef<Buffer>[] = [];
    for (const letter of text) {
      const piece = Buffer.from(letter);
      pieces.push(new WeakRef(piece));
      handler.onResponseData?.(controller, piece);
    }
    // A chunk is kept until the job that made a reference to it is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(pieces.filter((piece) => piece.deref() !== undefined).length).to.be.below(500);
    handler.onResponseEnd?.(controller, {});
    expect((await answer).bytes.toString()).to.equal(text);
  });
});
