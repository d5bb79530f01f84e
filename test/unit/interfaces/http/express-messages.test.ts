import { expect } from 'chai';
import express from 'express';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expressMessages } from '../../../../src/interfaces/http/express-messages.ts';

describe('express messages', () => {
  it('are what Express would make of them, before it sees them', async () => {
    const app = express();
    app.get('/hello', (req, res) => void res.json({ query: req.query }));
    const born: unknown[] = [];
    const server = createServer(expressMessages(app), (req, res) => {
      born.push(Object.getPrototypeOf(req) === app.request, req instanceof IncomingMessage);
      born.push(Object.getPrototypeOf(res) === app.response, res instanceof ServerResponse);
      app(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hello?a=1`);
    expect(await answer.json()).to.deep.equal({ query: { a: '1' } });
    expect(born).to.deep.equal([true, true, true, true]);
    server.close();
  });
});
