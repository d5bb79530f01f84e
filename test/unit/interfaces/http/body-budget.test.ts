import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { bodyBudgets, type BodyBudgets } from '../../../../src/interfaces/http/webhooks/body-budget.ts';
import { OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { readRawBody } from '../../../../src/interfaces/http/webhooks/raw-body.ts';

const KIB = 1024;

describe('the memory for bodies of deliveries', () => {
  let budgets: BodyBudgets;
  beforeEach(() => {
    budgets = bodyBudgets({ mostBytes: 1024 * KIB, leftToSmall: 128 * KIB });
  });

  /** Sends this much of a body, announced or in chunks, and reports the outcome once it is known. */
  const send = (announcedKib: number | undefined, sentKib: number, tenant = TENANT) => {
    const headers =
      announcedKib === undefined
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': String(announcedKib * KIB) };
    const req = Object.assign(new EventEmitter(), {
      headers,
      destroyed: false,
      complete: false,
    });
    const body = readRawBody(req as unknown as IncomingMessage, {
      mostBytes: 1024 * KIB,
      deadlineMs: 60_000,
      budget: budgets(tenant),
    });
    req.emit('data', Buffer.alloc(sentKib * KIB));
    return {
      outcome: body.then((read) => (isLeft(read) ? read.left : read.right.length / KIB)),
      breakOff: () => req.emit('close'),
      end: () => Object.assign(req, { complete: true }).emit('close'),
    };
  };

  it('is never used up by large ones, so that there is always room for a small one', async () => {
    const underWay = send(880, 800);
    expect(await send(160, 100).outcome).to.equal('too-busy');
    expect(await send(undefined, 100).outcome).to.equal('too-busy');
    const inChunks = send(undefined, 40);
    inChunks.end();
    const small = [await send(64, 64).outcome, await inChunks.outcome];
    expect(small).to.deep.equal([64, 40]);
    expect(await send(64, 64).outcome).to.equal(64);
    expect(await send(64, 64).outcome).to.equal('too-busy');
    underWay.breakOff();
    expect(await underWay.outcome).to.equal('broken-off');
    expect(await send(160, 160).outcome).to.equal(160);
  });

  it('is never used up for one company, whatever its senders send', async () => {
    budgets = bodyBudgets({ mostBytes: 1024 * KIB, leftToSmall: 128 * KIB, leftToOthers: 192 * KIB });
    const large = send(1000, 768);
    expect(await send(64, 64).outcome).to.equal(64);
    expect(await send(64, 64).outcome).to.equal('too-busy');
    expect(await send(96, 90).outcome).to.equal('too-busy');
    const others = [send(64, 64, OTHER_TENANT), send(64, 64, OTHER_TENANT), send(64, 64, OTHER_TENANT)];
    expect(await Promise.all(others.map(({ outcome }) => outcome))).to.deep.equal([64, 64, 64]);
    large.breakOff();
    expect(await large.outcome).to.equal('broken-off');
    expect(await send(96, 96).outcome).to.equal(96);
  });
});
