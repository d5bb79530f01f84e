import { expect } from 'chai';
import { issueToken } from '../../../src/application/commands/issue-token.ts';
import { registerService } from '../../../src/application/commands/register-service.ts';
import { revokeToken } from '../../../src/application/commands/revoke-token.ts';
import { onceInTransaction, type OnceKept } from '../../../src/application/once-in-transaction.ts';
import { recallAnswer } from '../../../src/application/queries/recall-answer.ts';
import type { UnitOfWork } from '../../../src/application/unit-of-work.ts';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import { left, right } from '../../../src/domain/shared/fp.ts';
import { aContext, OTHER_TENANT } from '../../support/an-external-service.ts';
import { answerOf, commandFixture, failureOf, someFields } from '../../support/command-fixture.ts';

const asked = (key: string, fingerprint = 'f') => ({ key: key as IdempotencyKey, fingerprint });
const once = <A>(key: string, shown: OnceKept<A>['shown'], fingerprint?: string): OnceKept<A> => ({
  ...asked(key, fingerprint),
  shown,
});

describe('a command that is one transaction', () => {
  const fixture = () => {
    const { unitOfWork, deps } = commandFixture();
    return { unitOfWork, deps, register: registerService(deps), recall: recallAnswer(unitOfWork) };
  };
  const named = { fields: someFields() };

  it('is done once for a key, with its events, however many ask at once', async () => {
    const { unitOfWork, register } = fixture();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        register(
          aContext(),
          named,
          once('k', ({ id }) => ({ id })),
        ),
      ),
    );
    const [service, ...others] = unitOfWork.services();
    expect(others).to.deep.equal([]);
    expect(unitOfWork.events()).to.have.lengthOf(1);
    expect(outcomes[0]).to.deep.equal(right(service));
    const before = left({ kind: 'done-before', answer: { id: service?.id } });
    expect(outcomes.slice(1)).to.deep.equal(Array.from({ length: 7 }, () => before));
  });

  it('returns the stored answer instead of doing it again, only for the same tenant and request', async () => {
    const { register, recall } = fixture();
    expect(await recall(aContext(), asked('k'))).to.deep.equal(right(undefined));
    await answerOf(
      register(
        aContext(),
        named,
        once('k', () => 'shown'),
      ),
    );
    expect(await recall(aContext(), asked('k'))).to.deep.equal(right('shown'));
    expect(await recall(aContext(OTHER_TENANT), asked('k'))).to.deep.equal(right(undefined));
    expect(await recall(aContext(), asked('k', 'other'))).to.deep.equal(
      left({ kind: 'idempotency-mismatch' }),
    );
    const other = register(
      aContext(),
      named,
      once('k', () => 'shown', 'other'),
    );
    expect(await failureOf(other)).to.deep.equal({ kind: 'idempotency-mismatch' });
  });

  it('leaves the key free when it fails', async () => {
    const { deps, register } = fixture();
    await answerOf(register(aContext(), named));
    const taken = register(
      aContext(),
      named,
      once('k', () => 'shown'),
    );
    expect(await failureOf(taken)).to.have.property('kind', 'name-taken');
    const revoke = revokeToken({ ...deps, tokensChanged: () => undefined });
    const unknown = revoke(
      aContext(),
      { id: 'none' },
      once('k', () => 'shown'),
    );
    expect(await failureOf(unknown)).to.have.property('kind', 'not-found');
    const mended = { fields: someFields({ serviceName: 'yandex_maps' }) };
    await answerOf(
      register(
        aContext(),
        mended,
        once('k', () => 'shown'),
      ),
    );
  });

  it('fails when the store does not take its answer, and so is undone', async () => {
    const { unitOfWork } = fixture();
    const lost = new Error('the database is away');
    const run: UnitOfWork['run'] = (ctx, work) =>
      unitOfWork.run(ctx, (tx) => work({ ...tx, keys: { ...tx.keys, finish: () => Promise.reject(lost) } }));
    const kept = once<string>('k', (answer) => answer);
    const asked = onceInTransaction({ run }, aContext(), kept, async () => right('done'));
    expect(await asked.catch((error: unknown) => error)).to.equal(lost);
  });

  it('is undone when its answer cannot be kept', async () => {
    const { unitOfWork, deps } = fixture();
    const issue = issueToken({ ...deps, mint: () => ({ token: 't', hash: 'h', hint: 't' }) });
    const wish = { name: 'a', tenants: undefined, scopes: ['geocoding'], expiresAt: undefined } as const;
    const broken = once<unknown>('k', () => {
      throw new TypeError('a bug');
    });
    const failure = await issue(aContext(), wish, broken).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TypeError);
    expect(unitOfWork.tokens()).to.deep.equal([]);
    expect(
      await issue(
        aContext(),
        wish,
        once('k', ({ token }) => token),
      ),
    ).to.have.property('_tag', 'Right');
  });
});
