import { expect } from 'chai';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

describe('operations over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const open = (path: string) => fetch(server.url + path);

  it('tells a visitor of the root path where to look', async () => {
    const answer = await open('/');
    expect(answer.status).to.equal(200);
    const { links, ...rest } = (await answer.json()) as { links: { [name: string]: string } };
    expect(rest).to.deep.equal({ service: 'integration-service', version: '1.2.3' });
    expect(Object.keys(links)).to.deep.equal(['docs', 'openapi', 'health']);
    for (const link of Object.values(links)) expect((await open(link)).status).to.equal(200);
    expect((await fetch(server.url, { method: 'POST' })).status).to.equal(405);
  });

  it('names every dependency, degraded being 200', async () => {
    const answer = await open('/health?probe=1');
    expect(answer.status).to.equal(200);
    expect(await answer.json()).to.deep.equal({
      status: 'degraded',
      service: 'integration-service',
      version: '1.2.3',
      dependencies: [
        { name: 'postgres', status: 'ok', required: true },
        { name: 'google-main', status: 'down', required: false, detail: 'no answer' },
      ],
    });
  });

  it('is 503 with Retry-After when something required is down, while the process stays alive', async () => {
    server.application.queries.systemHealth = async () => ({
      status: 'down',
      dependencies: [{ name: 'postgres', status: 'down', required: true }],
    });
    const health = await open('/health');
    const ready = await open('/health/ready');
    const live = await open('/health/live');
    expect([health.status, ready.status, live.status]).to.deep.equal([503, 503, 200]);
    expect(health.headers.get('retry-after')).to.equal('5');
    expect(await ready.json()).to.deep.equal({ status: 'down' });
    expect(await live.json()).to.deep.equal({ status: 'ok' });
  });

  it('is ready, also degraded', async () => {
    expect(await (await open('/health/ready')).json()).to.deep.equal({ status: 'ready' });
  });

  it('serves metrics in the format they are made in', async () => {
    const answer = await open('/metrics');
    expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4');
    expect(await answer.text()).to.contain('up 1');
  });

  it('serves its description and the page that shows it from here alone', async () => {
    const document = (await (await open('/openapi.json')).json()) as { openapi: string; info: object };
    expect(document.openapi).to.equal('3.1.0');
    expect(document.info).to.include({ version: '1.2.3' });
    const page = await open('/docs');
    const html = await page.text();
    expect(html).to.not.match(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).to.have.length(4);
    const files = await Promise.all(links.map(open));
    expect(files.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(files.map(({ headers }) => headers.get('content-type'))).to.deep.equal([
      'text/css; charset=utf-8',
      'image/png',
      'text/javascript; charset=utf-8',
      'text/javascript; charset=utf-8',
    ]);
    for (const file of files) {
      expect(file.headers.get('cache-control')).to.equal('public, max-age=3600');
      expect((await file.arrayBuffer()).byteLength).to.be.greaterThan(100);
    }
  });

  it('serves no other file of the package', async () => {
    for (const name of ['package.json', '..%2Fpackage.json', 'index.html', '%00'])
      expect((await open(`/docs/${name}`)).status).to.equal(404);
  });
});
