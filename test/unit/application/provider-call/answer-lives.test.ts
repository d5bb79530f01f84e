import { expect } from 'chai';
import fc from 'fast-check';
import {
  answerLives,
  type OperationLives,
} from '../../../../src/application/provider-call/operations/answer-lives.ts';
import { providerNames } from '../../../../src/domain/external-service/external-service.ts';
import { licenceLives } from '../../../../src/domain/provider/licence.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ours: OperationLives = { l1Ms: 5 * MINUTE, l2Ms: 60 * MINUTE, negativeMs: 2 * MINUTE, graceMs: DAY };

describe('the life of an answer', () => {
  it('is ours where the licence allows it', () => {
    const google = { provider: 'google_maps', config: {} } as const;
    expect(answerLives(ours, 'geocode', google, false)).to.deep.equal({
      l1Ms: 5 * MINUTE,
      freshMs: 60 * MINUTE,
      graceMs: DAY,
      mayPersist: true,
    });
  });

  it('is shorter for "no such place", in every tier', () => {
    const google = { provider: 'google_maps', config: {} } as const;
    expect(answerLives(ours, 'geocode', google, true)).to.deep.include({
      l1Ms: 2 * MINUTE,
      freshMs: 2 * MINUTE,
    });
  });

  it('is minutes in memory, without grace, where the licence forbids more', () => {
    const yandex = { provider: 'yandex_maps', config: {} } as const;
    expect(answerLives(ours, 'geocode', yandex, false)).to.deep.equal({
      l1Ms: 5 * MINUTE,
      freshMs: 5 * MINUTE,
      graceMs: 0,
      mayPersist: false,
    });
  });

  it('never exceeds the licence, nor what we configured, whatever that is', () => {
    const span = fc.integer({ min: 0, max: 60 * DAY });
    const lives = fc.record({ l1Ms: span, l2Ms: span, negativeMs: span, graceMs: span });
    const operation = fc.constantFrom('geocode' as const, 'reverse' as const, 'distance' as const);
    const licence = fc.constantFrom({}, { licence: 'extended' });
    fc.assert(
      fc.property(
        lives,
        operation,
        fc.constantFrom(...providerNames),
        licence,
        fc.boolean(),
        (given, ...asked) => {
          const [name, provider, config, isEmpty] = asked;
          const { l1Ms, freshMs, graceMs, mayPersist } = answerLives(
            given,
            name,
            { provider, config },
            isEmpty,
          );
          const allowed = licenceLives(provider, config, name);
          expect(mayPersist).to.equal(allowed.mayPersist);
          expect(freshMs).to.be.at.most(
            Math.min(isEmpty ? given.negativeMs : given.l2Ms, allowed.maxFreshMs),
          );
          expect(freshMs + graceMs).to.be.at.most(Math.max(freshMs, allowed.maxKeepMs));
          expect(graceMs).to.be.within(0, given.graceMs);
          expect(l1Ms).to.be.at.most(Math.min(freshMs, given.l1Ms));
        },
      ),
    );
  });
});
