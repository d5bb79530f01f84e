import { expect } from 'chai';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { healthProblem } from '../../../../src/interfaces/cli/health-check.ts';

/** A service that answers `/health` with one status. */
const withService = async (
  status: number,
  look: (port: string) => Promise<void>,
  port = 0,
): Promise<void> => {
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/health' ? status : 404).end('{"status":"told"}'),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  try {
    await look(String((server.address() as AddressInfo).port));
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

describe('The health check of the image', () => {
  for (const HOST of [undefined, '', '0.0.0.0', '::', '127.0.0.1'])
    it(`finds a service healthy whose HOST is ${HOST ?? 'not set'}`, () =>
      withService(200, async (PORT) => {
        expect(await healthProblem({ HOST, PORT })).to.equal(undefined);
      }));

  it('reads HOST and PORT as the service does, which minds no blank that a file of variables has behind them', () =>
    withService(200, async (port) => {
      expect(await healthProblem({ HOST: '127.0.0.1 ', PORT: `${port} ` })).to.equal(undefined);
      expect(await healthProblem({ HOST: ' ', PORT: port })).to.equal(undefined);
    }));

  it('asks at a port that browsers do not, and `fetch` as little', () =>
    withService(
      200,
      async (PORT) => {
        expect(await healthProblem({ PORT })).to.equal(undefined);
      },
      10_080,
    ));

  it('says what a service that is down answers', () =>
    withService(503, async (PORT) => {
      expect(await healthProblem({ PORT })).to.match(/\/health answers 503: .*told/);
    }));

  it('says when nobody listens', async () => {
    let port = '';
    await withService(200, async (PORT) => void (port = PORT));
    expect(await healthProblem({ PORT: port })).to.contain(`127.0.0.1:${port}/health does not answer`);
    expect(await healthProblem({ PORT: port })).to.contain('ECONNREFUSED');
  });

  it('writes an IPv6 address as URLs do', async () => {
    const problem = await healthProblem({ HOST: '::1', PORT: '1' });
    expect(problem).to.contain('http://[::1]:1/health');
  });
});
