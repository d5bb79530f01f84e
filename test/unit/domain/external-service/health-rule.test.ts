import { expect } from 'chai';
import fc from 'fast-check';
import {
  healthStatuses,
  type HealthStatus,
} from '../../../../src/domain/external-service/external-service.ts';
import {
  failureOutcome,
  FAILURES_TO_DEGRADE,
  FAILURES_TO_UNHEALTHY,
  isRefused,
  observed,
  SUCCESSES_TO_RECOVER,
  trackFrom,
  type HealthOutcome,
  type HealthTrack,
} from '../../../../src/domain/external-service/health-rule.ts';
import { anExternalService } from '../../../support/an-external-service.ts';

type Outcome = HealthOutcome;
const after = (status: HealthStatus, outcomes: readonly Outcome[]): HealthTrack =>
  outcomes.reduce(observed, trackFrom(status));
const times = (count: number, outcome: Outcome): readonly Outcome[] =>
  Array.from({ length: count }, () => outcome);
const failed = (count: number) => times(count, 'failed');
const answered = (count: number) => times(count, 'answered');
const reachable = (count: number) => times(count, 'reachable');
const refused = (count: number) => times(count, 'refused');

/** "2 refused, 99 reachable, 1 answered". */
const inWords = (outcomes: readonly Outcome[]): string => {
  const runs: { readonly outcome: Outcome; count: number }[] = [];
  for (const outcome of outcomes) {
    const last = runs.at(-1);
    if (last?.outcome === outcome) last.count += 1;
    else runs.push({ outcome, count: 1 });
  }
  return runs.map(({ outcome, count }) => `${count} ${outcome}`).join(', ');
};

const anyStatus = fc.constantFrom(...healthStatuses);
const anyOutcomes = fc.array(fc.constantFrom<Outcome>('answered', 'reachable', 'failed', 'refused'), {
  maxLength: 60,
});

describe('health of a service', () => {
  const table: readonly (readonly [HealthStatus, readonly Outcome[], HealthStatus])[] = [
    ['unknown', answered(1), 'healthy'],
    ['unknown', failed(2), 'unknown'],
    ['unknown', failed(3), 'degraded'],
    ['healthy', failed(2), 'healthy'],
    ['healthy', failed(3), 'degraded'],
    ['healthy', [...failed(2), ...answered(1), ...failed(2)], 'healthy'],
    ['healthy', failed(9), 'degraded'],
    ['healthy', failed(10), 'unhealthy'],
    ['degraded', answered(2), 'degraded'],
    ['degraded', answered(3), 'healthy'],
    ['degraded', [...answered(2), ...failed(1), ...answered(2)], 'degraded'],
    ['degraded', failed(9), 'degraded'],
    ['degraded', failed(10), 'unhealthy'],
    ['unhealthy', failed(5), 'unhealthy'],
    ['unhealthy', answered(2), 'unhealthy'],
    ['unhealthy', answered(3), 'healthy'],
    ['unhealthy', reachable(3), 'healthy'],
    ['unhealthy', [...failed(3), ...reachable(3)], 'healthy'],
    ['unknown', reachable(1), 'healthy'],
    ['healthy', refused(3), 'degraded'],
    ['healthy', [...refused(2), ...reachable(9), ...refused(1)], 'degraded'],
    ['healthy', [...refused(2), ...answered(1), ...refused(2)], 'healthy'],
    ['healthy', [...refused(2), ...answered(1), ...failed(3), ...reachable(3)], 'healthy'],
    ['degraded', [...refused(1), ...reachable(99)], 'degraded'],
    ['degraded', [...refused(1), ...failed(1), ...reachable(99)], 'degraded'],
    ['degraded', [...refused(1), ...answered(2), ...reachable(99)], 'degraded'],
    ['degraded', [...refused(1), ...answered(2), ...reachable(99), ...answered(1)], 'healthy'],
    ['healthy', [...times(3, 'refused'), ...reachable(99), ...failed(7)], 'unhealthy'],
  ];
  for (const [from, outcomes, to] of table)
    it(`goes from ${from} to ${to} after ${inWords(outcomes)}`, () =>
      expect(after(from, outcomes).status).to.equal(to));

  it('waits for an answer to a call with the key where it begins with a refusal', () => {
    const begun = trackFrom('degraded', true);
    expect(reachable(SUCCESSES_TO_RECOVER).reduce(observed, begun).status).to.equal('degraded');
    expect(answered(SUCCESSES_TO_RECOVER).reduce(observed, begun)).to.include({
      status: 'healthy',
      refused: false,
    });
  });

  it('counts a refused key or a used-up quota as a refusal, and everything else as a failure', () => {
    const outcomes = [
      ['credentials-rejected', 'refused'],
      ['quota-exceeded', 'refused'],
      ['provider-unavailable', 'failed'],
      ['provider-timeout', 'failed'],
      ['answer-not-understood', 'failed'],
      ['request-rejected', 'failed'],
    ] as const;
    for (const [kind, outcome] of outcomes) expect(failureOutcome(kind), kind).to.equal(outcome);
  });

  it('applies a refusal to the version of the service that it occurred with, and to no later one', () => {
    const service = anExternalService({ version: 3 });
    expect(isRefused(service)).to.equal(false);
    const refusedAt = [2, 3, 4].map((refusedVersion) => isRefused({ ...service, refusedVersion }));
    expect(refusedAt).to.deep.equal([false, true, false]);
  });

  it('can recover from any state', () => {
    fc.assert(
      fc.property(anyStatus, anyOutcomes, (status, outcomes) => {
        const track = after(status, [...outcomes, ...answered(SUCCESSES_TO_RECOVER)]);
        expect(track.status).to.equal('healthy');
      }),
    );
  });

  it('becomes unhealthy by enough failures in a row, from any state', () => {
    fc.assert(
      fc.property(anyStatus, anyOutcomes, (status, outcomes) => {
        expect(after(status, [...outcomes, ...failed(FAILURES_TO_UNHEALTHY)]).status).to.equal('unhealthy');
      }),
    );
  });

  it('never changes by one odd outcome, but from unknown', () => {
    fc.assert(
      fc.property(fc.constantFrom<HealthStatus>('healthy', 'degraded', 'unhealthy'), (status) => {
        for (const odd of ['answered', 'reachable', 'failed', 'refused'] as const)
          expect(after(status, [odd]).status).to.equal(status);
      }),
    );
  });

  it('never changes as long as answers and failures alternate', () => {
    const alternating = Array.from({ length: 50 }, (_, n): Outcome => (n % 2 === 0 ? 'failed' : 'answered'));
    for (const status of ['healthy', 'degraded', 'unhealthy'] as const)
      expect(after(status, alternating).status).to.equal(status);
  });

  it('only gets worse by failures and better by answers, and never becomes unknown again', () => {
    const rank = { healthy: 0, unknown: 1, degraded: 2, unhealthy: 3 };
    fc.assert(
      fc.property(anyStatus, anyOutcomes, (status, outcomes) => {
        let track = trackFrom(status);
        for (const outcome of outcomes) {
          const next = observed(track, outcome);
          const change = rank[next.status] - rank[track.status];
          const isBad = outcome === 'failed' || outcome === 'refused';
          expect(isBad ? change >= 0 : change <= 0).to.equal(true);
          if (track.status !== 'unknown') expect(next.status).to.not.equal('unknown');
          track = next;
        }
      }),
    );
  });

  it('changes at most once in any stretch shorter than the shortest run that changes it', () => {
    const shortest = Math.min(FAILURES_TO_DEGRADE, SUCCESSES_TO_RECOVER);
    fc.assert(
      fc.property(anyOutcomes, (outcomes) => {
        let track = trackFrom('healthy');
        let lastChange = -Infinity;
        outcomes.forEach((outcome, n) => {
          const next = observed(track, outcome);
          if (next.status !== track.status) {
            expect(n - lastChange).to.be.at.least(shortest);
            lastChange = n;
          }
          track = next;
        });
      }),
    );
  });
});
