import { expect } from 'chai';
import { DatabaseError, type Pool } from 'pg';
import { storeGroup } from '../../../../src/infrastructure/postgres/trail/call-group.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const said = (code: string, severity: string): DatabaseError =>
  Object.assign(new DatabaseError('a refusal', 0, 'error'), { code, severity });

/**
 * The outcome of a call whose statement fails with these errors one after the other, and which connections were closed.
 */
const stored = async (...refusals: readonly DatabaseError[]) => {
  const ended: (Error | boolean | undefined)[] = [];
  const left = [...refusals];
  const client = {
    query: () => Promise.reject(left.shift() ?? new Error('asked too often')),
    release: (isEnded?: Error | boolean) => void ended.push(isEnded),
  };
  const pool = { connect: () => Promise.resolve(client) } as unknown as Pool;
  const outcome = await new Promise<string>((resolve, reject) => {
    const call = {
      line: '',
      events: '',
      resolve: () => resolve('stored'),
      reject: (error: Error) => resolve(error.message),
    };
    storeGroup({ pool, clock: fixedClock() }, [call]).catch(reject);
  });
  return { outcome, ended };
};

describe('a call of which the trail says that it is there already', () => {
  const isThere = said('23505', 'ОШИБКА');

  it('was stored where its connection ended before the error, in any language of the server', async () => {
    for (const severity of ['FATAL', 'ВАЖНО']) {
      const { outcome, ended } = await stored(said('57P01', severity), isThere);
      expect([outcome, ended], severity).to.deep.equal(['stored', [true, false]]);
    }
  });

  it('is not this one where its statement was refused before that', async () => {
    for (const severity of ['ERROR', 'ОШИБКА']) {
      const { outcome, ended } = await stored(said('40001', severity), isThere);
      expect(outcome, severity).to.match(/^the call trail refused the record/);
      expect(ended, severity).to.deep.equal([false, false]);
    }
  });
});
