import { expect } from 'chai';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Gateway } from '../support/gateway.ts';
import { rawExchange } from '../support/raw-http.ts';
import {
  hmac,
  keptOf,
  registerWebhook,
  startForSenders,
  type Registered,
} from '../support/sending-webhook.ts';

const BODY = '{"n":1.0}';
const LENGTH = `content-length: ${BODY.length}`;
const CHUNKED = 'transfer-encoding: chunked';
const CHUNKS = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** What is sent after the signature header, and the status lines that are returned. */
type Case = readonly [headers: readonly string[], body: string | Uint8Array, ...statuses: readonly number[]];

const zipped = (coding: string, bytes: Uint8Array): Case => [
  [`content-encoding: ${coding}`, `content-length: ${bytes.length}`],
  bytes,
  415,
];

const cases: { readonly [name: string]: Case } = {
  'of an announced length': [[LENGTH], BODY, 200],
  'in a chunk': [[CHUNKED], CHUNKS, 200],
  'in chunks of a byte': [[CHUNKED], `${Array.from(BODY, (c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`, 200],
  'in a chunk with an extension': [[CHUNKED], CHUNKS.replace('\r\n', ';a="b"\r\n'), 200],
  'with trailers': [[CHUNKED, 'trailer: x-a'], CHUNKS.replace('0\r\n', '0\r\nx-a: b\r\n'), 200],
  'asked for': [[LENGTH, 'expect: 100-continue'], BODY, 100, 200],
  'asked for in chunks': [[CHUNKED, 'expect: 100-continue'], CHUNKS, 100, 200],
  'said to be no other than it is': [[LENGTH, 'content-encoding: identity'], BODY, 200],
  'zipped: gzip': zipped('gzip', gzipSync(BODY)),
  'zipped: GZIP': zipped('GZIP', gzipSync(BODY)),
  'zipped twice': zipped('gzip, gzip', gzipSync(gzipSync(BODY))),
  'zipped: deflate': zipped('deflate', deflateSync(BODY)),
  'zipped: br': zipped('br', brotliCompressSync(BODY)),
  'zipped: a second header says so': [
    [LENGTH, 'content-encoding: identity', 'content-encoding: gzip'],
    BODY,
    415,
  ],
  'zipped and asked for': [[LENGTH, 'expect: 100-continue', 'content-encoding: gzip'], '', 415],
  'zipped while it is transferred': [['transfer-encoding: gzip, chunked'], CHUNKS, 415],
  'of two lengths': [[LENGTH, 'content-length: 3'], BODY, 400],
  'of a length said twice': [[LENGTH, LENGTH], BODY, 400],
  'of a length and in chunks': [[LENGTH, CHUNKED], CHUNKS, 400],
  'of a length with a sign': [['content-length: +9'], BODY, 400],
  'of a negative length': [['content-length: -9'], BODY, 400],
  'of a length beyond all numbers': [[`content-length: ${'9'.repeat(30)}`], BODY, 400],
  'of a length beyond the limit, asked for': [['content-length: 2001', 'expect: 100-continue'], '', 413],
  'in chunks of chunks': [['transfer-encoding: chunked, chunked'], CHUNKS, 400],
  'in a chunk that is longer than it says': [[CHUNKED], `1\r\n${BODY}\r\n0\r\n\r\n`, 400],
  'with a header over two lines': [[LENGTH, 'x-a: b\r\n c'], BODY, 400],
};

describe('Deliveries in different HTTP framing', () => {
  let gateway: Gateway;
  let hook: Registered;
  before(async () => {
    gateway = await startForSenders();
    hook = await registerWebhook(gateway, 'github', { max_body_bytes: 2_000 });
  });
  after(() => gateway.stop());

  const signature = () => `x-hub-signature-256: sha256=${hmac(hook.secret, BODY)}`;
  const statuses = async (
    lines: readonly string[],
    body: string | Uint8Array,
  ): Promise<readonly number[]> => {
    const head = [
      `POST /webhooks/in/${hook.webhook_token} HTTP/1.1`,
      'host: x',
      'connection: close',
      ...lines,
    ];
    const text = await rawExchange(gateway.service().url, `${head.join('\r\n')}\r\n\r\n`, body);
    return Array.from(text.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => Number(status));
  };

  for (const [name, [headers, body, ...expected]] of Object.entries(cases))
    it(`are answered ${expected.join(' and ')}: ${name}`, async () => {
      expect(await statuses([signature(), ...headers], body)).to.deep.equal(expected);
    });

  it('take their proof only from the headers before the body', async () => {
    const behind = CHUNKS.replace('0\r\n', `0\r\n${signature()}\r\n`);
    expect(await statuses([CHUNKED], behind)).to.deep.equal([401]);
    expect(await statuses([signature(), CHUNKED], behind)).to.deep.equal([200]);
    expect(await statuses([signature(), signature().replace('x-hub', 'X-HUB'), LENGTH], BODY)).to.deep.equal([
      401,
    ]);
  });

  it('are one and the same event however they were framed', async () => {
    expect(await statuses([signature(), LENGTH], BODY)).to.deep.equal([200]);
    expect(await statuses([signature(), CHUNKED], CHUNKS)).to.deep.equal([200]);
    const kept = await keptOf(hook);
    expect(kept.map(({ size }) => size)).to.deep.equal([BODY.length]);
  });
});
