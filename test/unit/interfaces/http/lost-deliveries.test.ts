import { expect } from 'chai';
import type { DeliveryRefusal } from '../../../../src/application/webhooks/delivery-refusal.ts';
import { left } from '../../../../src/domain/shared/fp.ts';
import { LostDatabase, startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

describe('Deliveries that meet a lost database', () => {
  let server: RunningServer;
  let refusals: (DeliveryRefusal['kind'] | 'nobody knows whose')[];
  beforeEach(async () => {
    server = await startHttpServer();
    refusals = [];
    const { ingest } = server.application;
    const { refuse, unavailable } = ingest;
    server.application.ingest.refuse = (admitted, refusal) => {
      refusals.push(refusal.kind);
      return refuse(admitted, refusal);
    };
    server.application.ingest.unavailable = () => {
      refusals.push('nobody knows whose');
      return unavailable();
    };
  });
  afterEach(() => server.http.close(0));

  const deliver = async () => {
    const answer = await server.ask('POST', '/webhooks/in/known', { body: '{}' });
    return {
      status: answer.status,
      wait: Number(answer.headers.get('retry-after')),
      text: await answer.text(),
    };
  };
  const lose = () => Promise.reject(new LostDatabase('connect ECONNREFUSED'));

  it('are told to come again and counted as refused, wherever it was met', async () => {
    server.application.ingest.accept = lose;
    const stored = await deliver();
    server.application.ingest.admit = lose;
    const lookedUp = await deliver();
    expect(refusals).to.deep.equal(['storage-unavailable', 'nobody knows whose']);
    for (const { status, wait, text } of [stored, lookedUp]) {
      expect([status, text]).to.deep.equal([503, '{"ok":false,"error":"unavailable"}']);
      expect(wait).to.be.within(5, 30);
    }
    expect(server.lines.map(({ error }) => error?.kind)).to.deep.equal([
      'dependency-lost',
      'dependency-lost',
    ]);
  });

  it('have a line in the log that says why, also where nothing was thrown and nobody else tells whose they are', async () => {
    const why = ['storage-unavailable', 'too-busy', 'secret-unreadable', 'proof-unknown'] as const;
    for (const kind of why) {
      server.application.ingest.accept = async () => left({ refusal: { kind }, source: 'github' });
      await deliver();
    }
    expect(server.lines.map(({ status, reason }) => [status, reason])).to.deep.equal(
      why.map((kind) => [503, kind]),
    );
    expect(new Set(server.lines.map(({ tenant }) => tenant)).size).to.equal(1);
  });

  it('are not mistaken for those that meet a bug', async () => {
    server.application.ingest.accept = () => Promise.reject(new TypeError('of the inside'));
    const { status, text } = await deliver();
    expect(status).to.equal(500);
    expect(text).to.contain('"code":"internal"').and.to.not.contain('of the inside');
    expect(refusals).to.deep.equal([]);
  });
});
