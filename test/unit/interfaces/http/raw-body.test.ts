import { expect } from 'chai';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isLeft, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { readBody } from '../../../../src/interfaces/http/middleware/body-reader.ts';
import { bodyBudgets } from '../../../../src/interfaces/http/webhooks/body-budget.ts';
import { freeBody, readRawBody, type UnreadBody } from '../../../../src/interfaces/http/webhooks/raw-body.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the memory of a body', () => {
  for (const size of [4 * KIB + 1, 11 * KIB, MIB + 1])
    it(`is given back at once: ${size} bytes`, () => {
      const body = Buffer.allocUnsafeSlow(size);
      freeBody(body);
      expect([body.length, body.buffer.byteLength]).to.deep.equal([0, 0]);
    });

  it('is left to the collector when it is as small as what shares a slab', () => {
    const body = Buffer.allocUnsafeSlow(4 * KIB).fill(7);
    freeBody(body);
    expect(body.at(-1)).to.equal(7);
  });

  it('is left alone when others have a share in it', () => {
    const whole = Buffer.allocUnsafeSlow(2 * MIB).fill(7);
    freeBody(whole.subarray(1));
    expect(whole.at(-1)).to.equal(7);
  });
});

describe('a body that comes byte by byte', () => {
  const BYTES = 5_000;
  const text = Array.from({ length: BYTES }, (_, n) => 'abcdefg'[n % 7]).join('');
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  const readers: { readonly [of: string]: (req: IncomingMessage) => Promise<Either<unknown, Buffer>> } = {
    'a delivery': (req) =>
      readRawBody(req, {
        mostBytes: BYTES,
        deadlineMs: 60_000,
        budget: bodyBudgets({ mostBytes: BYTES })('uk_company_1'),
      }),
    'any other request': (req) => readBody(req, BYTES),
  };
  for (const [of, read] of Object.entries(readers))
    it(`of ${of} is whole at its end, and no piece of it has been held for long: each takes some hundred bytes`, async () => {
      const req = Object.assign(new EventEmitter(), {
        headers: { 'transfer-encoding': 'chunked' },
        destroyed: false,
        complete: true,
      });
      const body = read(req as unknown as IncomingMessage);
      const pieces: WeakRef<Buffer>[] = [];
      for (const letter of text) {
        const piece = Buffer.from(letter);
        pieces.push(new WeakRef(piece));
        req.emit('data', piece);
      }
      // A chunk is kept until the job that made a reference to it is over.
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      expect(pieces.filter((piece) => piece.deref() !== undefined).length).to.be.below(500);
      req.emit('close');
      const whole = await body;
      expect(isLeft(whole) ? whole : whole.right.toString()).to.equal(text);
    });
});

describe('what a body holds of what all may hold together', () => {
  it('is given back at once when the body comes to nothing', async () => {
    const budget = bodyBudgets({ mostBytes: 10 })('uk_company_1');
    const read = (mostBytes: number, isWhole: boolean, ...pieces: readonly string[]) => {
      const headers = { 'transfer-encoding': 'chunked' };
      const req = Object.assign(new EventEmitter(), { headers, destroyed: false, complete: isWhole });
      const limits = { mostBytes, deadlineMs: 60_000, budget };
      const body = readRawBody(req as unknown as IncomingMessage, limits);
      for (const piece of pieces) req.emit('data', Buffer.from(piece));
      req.emit('close');
      return body;
    };
    for (const _ of [1, 2, 3]) {
      expect(await read(10, false, 'five5')).to.deep.include({ left: 'broken-off' });
      expect(await read(8, true, 'five5', 'five5')).to.deep.include({ left: 'too-large' });
      expect(await read(20, true, 'five5', 'five5', '1')).to.deep.include({ left: 'too-busy' });
    }
    expect(await read(10, true, 'five5', 'five5')).to.have.property('_tag', 'Right');
  });
});

describe('the time of a body', () => {
  const DEADLINE = 30;
  const limits = {
    mostBytes: 10,
    deadlineMs: DEADLINE,
    budget: bodyBudgets({ mostBytes: 10 })('uk_company_1'),
  };
  /** Reads a body of four announced bytes, which `between` sends meanwhile. */
  const read = async (
    between: (send: (bytes: string) => void) => void,
  ): Promise<Either<UnreadBody, string>> => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    try {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n');
      const [req] = await once(server, 'request');
      const body = readRawBody(req, limits);
      between((bytes) => void socket.write(bytes));
      const bytes = await body;
      return isLeft(bytes) ? bytes : right(bytes.right.toString());
    } finally {
      socket.destroy();
      server.close();
    }
  };

  it('is not over for one that came while the process was held up', async () => {
    const held = new Int32Array(new SharedArrayBuffer(4));
    const came = await read((send) => {
      send('body');
      Atomics.wait(held, 0, 0, 2 * DEADLINE);
    });
    expect(came).to.deep.equal(right('body'));
  });

  it('is over for one that has not come', async () => {
    expect(await read((send) => send('bod'))).to.deep.include({ left: 'too-slow' });
  });
});
