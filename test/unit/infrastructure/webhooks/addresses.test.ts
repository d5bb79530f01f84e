import { expect } from 'chai';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { networkFrom, type IpNetwork } from '../../../../src/domain/webhook/sender/ip-address.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';
import { addressVerdicts, clientAddressOf } from '../../../../src/infrastructure/webhooks/addresses.ts';
import { aWebhook } from '../../../support/a-webhook.ts';

const network = (text: string): IpNetwork => {
  const read = networkFrom(ipNotation, text);
  if (isLeft(read)) throw new Error(read.left);
  return read.right;
};

/** A request as received by a server on loopback. */
const received = async (headers: readonly string[]): Promise<IncomingMessage> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const arrival = new Promise<IncomingMessage>((resolve) =>
    server.on('request', (req, res) => {
      resolve(req);
      res.end();
    }),
  );
  const sent = request({ port, host: '127.0.0.1', headers: ['Host', 'x.test', ...headers] });
  const answered = new Promise((resolve) => sent.on('response', (res) => res.resume().on('end', resolve)));
  sent.end();
  const req = await arrival;
  const seen = { headersDistinct: req.headersDistinct, socket: { remoteAddress: req.socket.remoteAddress } };
  await answered;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return seen as IncomingMessage;
};

describe('the sender of a request', () => {
  const behindLoopback = clientAddressOf([network('127.0.0.0/8')]);

  it('is the other end of the connection while nobody is trusted', async () => {
    const req = await received(['X-Forwarded-For', '192.30.252.1']);
    expect(clientAddressOf([])(req)).to.equal('127.0.0.1');
  });

  it('is whom a trusted proxy names, over several headers in their order', async () => {
    expect(behindLoopback(await received(['X-Forwarded-For', '203.0.113.9']))).to.equal('203.0.113.9');
    const two = await received(['X-Forwarded-For', '6.6.6.6', 'x-forwarded-for', '203.0.113.9, 127.0.0.9']);
    expect(behindLoopback(two)).to.equal('203.0.113.9');
  });

  it('is nobody when a trusted proxy writes no address', async () => {
    expect(behindLoopback(await received(['X-Forwarded-For', 'unknown']))).to.equal(undefined);
  });

  it('is not whom Forwarded or X-Real-IP name', async () => {
    const req = await received(['Forwarded', 'for=203.0.113.9', 'X-Real-IP', '203.0.113.9']);
    expect(behindLoopback(req)).to.equal('127.0.0.1');
  });

  it('is on an allowlist or not, and never when nobody knows who it is', () => {
    const verdict = addressVerdicts({ networksOf: () => [network('192.30.252.0/22')] });
    const webhook = aWebhook({ ipMode: 'enforce', ipAllowlist: ['10.0.0.0/8', 'github'] });
    const verdicts = ['10.1.1.1', '192.30.253.1', '11.1.1.1', undefined].map((a) => verdict(webhook, a));
    expect(verdicts).to.deep.equal(['admitted', 'admitted', 'refused', 'refused']);
    expect(verdict(aWebhook({ ipMode: 'off', ipAllowlist: ['10.0.0.0/8'] }), undefined)).to.equal('admitted');
    expect(verdict(aWebhook({ ipMode: 'observe' }), '11.1.1.1')).to.equal('noted');
  });
});
