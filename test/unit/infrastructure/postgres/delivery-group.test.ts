import { expect } from 'chai';
import { DatabaseError, type Pool } from 'pg';
import type { LedgerAnswer } from '../../../../src/domain/webhook/delivery/received-delivery.ts';
import { storeDeliveries } from '../../../../src/infrastructure/postgres/webhooks/delivery-group.ts';
import { aDelivery } from '../../../support/a-received-delivery.ts';

type Submitted = {
  readonly callback: (error: Error | null) => void;
  readonly handleDataRow: (row: { readonly fields: readonly string[] }) => void;
};

const said = (code: string, severity: string): DatabaseError =>
  Object.assign(new DatabaseError('a refusal', 0, 'error'), { code, severity });

/**
 * The outcome of a delivery whose statement fails with these errors one after the other, and which connections were
 * closed.
 */
const stored = async (...refusals: readonly Error[]) => {
  const kept = aDelivery(1);
  const ended: (Error | boolean | undefined)[] = [];
  const left = [...refusals];
  const client = {
    query: ({ callback, handleDataRow }: Submitted) => {
      const { id } = kept.delivery;
      if (left.length === 0) handleDataRow({ fields: [id, id, 'f', 'f'] });
      callback(left.shift() ?? null);
    },
    release: (isEnded?: Error | boolean) => void ended.push(isEnded),
  };
  const pool = { connect: () => Promise.resolve(client) } as unknown as Pool;
  const answer = await new Promise<LedgerAnswer>((resolve, reject) => {
    const waiting = { kept, followers: [], resolve, reject, isOver: false };
    storeDeliveries({ pool, isAway: () => false }, [waiting]).catch(reject);
  });
  return { answer: answer.kind, ended };
};

describe('a connection on which a delivery was not stored', () => {
  it('is not reused where the server ended it, in any language of the server', async () => {
    for (const severity of ['FATAL', 'ВАЖНО']) {
      const { answer, ended } = await stored(said('57P01', severity));
      expect([answer, ended], severity).to.deep.equal(['stored', [true, undefined]]);
    }
  });

  it('is lent to nobody again where it broke', async () => {
    const { answer, ended } = await stored(new Error('Connection terminated unexpectedly'));
    expect([answer, ended]).to.deep.equal(['stored', [true, undefined]]);
  });

  it('is reused where only the statement was refused, in any language of the server', async () => {
    for (const severity of ['ERROR', 'ОШИБКА']) {
      const { answer, ended } = await stored(said('40001', severity));
      expect([answer, ended], severity).to.deep.equal(['stored', [false, undefined]]);
    }
  });
});
