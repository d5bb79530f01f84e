import { expect } from 'chai';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import {
  idempotencyKeyOf,
  replayedHeaders,
} from '../../../../src/interfaces/http/middleware/idempotency-key.ts';
import { problemOf } from '../../../../src/interfaces/wire/problem.ts';
import { commandVerdicts } from '../../../../src/interfaces/amqp/command-verdict.ts';
import { NOON } from '../../../support/an-external-service.ts';

describe('the header Idempotency-Key', () => {
  it('may be left out', () => {
    expect(idempotencyKeyOf({})).to.have.property('right', undefined);
  });

  it('is taken as it is', () => {
    expect(idempotencyKeyOf({ 'idempotency-key': '"8e03978e-40d5"' })).to.have.property(
      'right',
      '"8e03978e-40d5"',
    );
  });

  for (const [what, header] of [
    ['empty', ''],
    ['sent twice', 'one, two'],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['a list', ['one', 'two']],
  ] as const)
    it(`is malformed when it is ${what}, and the answer does not repeat it`, () => {
      const key = idempotencyKeyOf({ 'idempotency-key': header as string });
      expect(isLeft(key) && key.left).to.deep.equal({
        kind: 'malformed-request',
        detail: 'Idempotency-Key must be sent once, 1 to 255 printable ASCII characters without spaces',
      });
    });

  it('makes an answer say when it is a repeated one', () => {
    expect(replayedHeaders({ replayed: true })).to.deep.equal(['Idempotency-Replayed', 'true']);
    expect(replayedHeaders({ replayed: false })).to.deep.equal([]);
  });
});

describe('a refused key', () => {
  it('under way is 409, with the time to come again', () => {
    const problem = problemOf({ kind: 'idempotency-in-progress', retryAfterMs: 1_001 }, 'req-1', NOON);
    expect(problem).to.include({ status: 409, code: 'idempotency-in-progress' });
    expect(problem.headers).to.deep.equal(['Retry-After', '2']);
    expect(problem.document['detail']).to.equal(
      'a request with this Idempotency-Key is under way; repeat it a little later',
    );
  });

  it('of another request is 422', () => {
    const problem = problemOf({ kind: 'idempotency-mismatch' }, 'req-1', NOON);
    expect(problem).to.include({ status: 422, code: 'idempotency-mismatch' });
    expect(problem.headers).to.deep.equal([]);
  });

  it('is tried again by the bus while it is under way, and given up when it is another one', () => {
    expect(commandVerdicts['idempotency-in-progress']).to.equal('retry');
    expect(commandVerdicts['idempotency-mismatch']).to.equal('refuse');
  });
});
