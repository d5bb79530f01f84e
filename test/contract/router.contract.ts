import { expect } from 'chai';
import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { Router, TravelMode } from '../../src/domain/provider/router.ts';
import { FAILURES, isStatusSent, type FailingMood } from '../support/broken-answers.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../support/provider-access.ts';

/** What the provider behind the adapter shall do next. Its road is 1,234 m and 160 s long. */
export type RoadMood =
  'knows-a-road' | 'knows-no-road' | 'skips-the-pair' | 'measures-less-than-nothing' | FailingMood;

export type RouterSubject = {
  readonly router: Router;
  readonly access: Partial<ProviderAccess>;
  readonly put: (mood: RoadMood) => void;
  readonly calls: () => number;
  readonly close: () => Promise<void>;
};

const NOT_UNDERSTOOD = ['skips-the-pair', 'measures-less-than-nothing'] as const;
const SOON: Partial<ProviderAccess> = { timeoutMs: 150 };

const askOf =
  ({ router, access }: RouterSubject) =>
  (mode: TravelMode = 'driving', change: Partial<ProviderAccess> = {}) =>
    router.route(anAccess({ ...access, ...change }), {
      origin: { latitude: 41.3111, longitude: 69.2797 },
      destination: { latitude: 39.6542, longitude: 66.9597 },
      mode,
    });

/** What every provider behind the port `Router` must do alike. */
export const routerContract = (name: string, build: () => Promise<RouterSubject>): void => {
  describe(`router contract: ${name}`, () => {
    let subject: RouterSubject;
    let route: ReturnType<typeof askOf>;
    before(async () => {
      subject = await build();
      route = askOf(subject);
    });
    after(() => subject.close());

    for (const mode of ['driving', 'walking'] as const)
      it(`measures a road in metres and seconds, ${mode}, with its source`, async () => {
        subject.put('knows-a-road');
        const { attribution, ...road } = answered(await route(mode));
        expect(road).to.deep.equal({
          found: true,
          distanceMetres: 1_234,
          durationSeconds: 160,
          degraded: false,
        });
        expect(attribution).to.match(/©/);
      });

    it('answers "no road" with an answer, not with a failure and not with a length', async () => {
      subject.put('knows-no-road');
      const { attribution, ...road } = answered(await route());
      expect(road).to.deep.equal({ found: false });
      expect(attribution).to.match(/©/);
    });

    for (const mood of NOT_UNDERSTOOD)
      it(`understands no answer that ${mood.replaceAll('-', ' ')}`, async () => {
        subject.put(mood);
        expect(refused(await route()).kind).to.equal('answer-not-understood');
      });

    for (const [mood, kind, sent] of FAILURES)
      it(`calls it ${kind} when the provider ${mood.replaceAll('-', ' ')}, and keeps the key to itself`, async () => {
        subject.put(mood);
        // Who answers may be late on a busy machine.
        const failure = refused(await route('driving', mood === 'hangs' ? SOON : {}));
        expect(failure.kind).to.equal(kind);
        expect(failure).to.satisfy(({ status }: ProviderError) => isStatusSent(status, sent));
        expect(JSON.stringify(failure)).to.not.contain(PLANTED_KEY);
      });

    it('does not ask for a caller who has gone', async () => {
      subject.put('knows-a-road');
      const before = subject.calls();
      const gone = await route('driving', { signal: AbortSignal.abort() });
      expect(refused(gone).kind).to.equal('provider-timeout');
      expect(subject.calls()).to.equal(before);
    });
  });
};

/** What one that measures no roads must do: say so to everybody, and never give a straight line. */
export const roadlessContract = (name: string, router: Router): void => {
  describe(`router contract: ${name}, which knows no roads`, () => {
    it('says so, also beforehand', async () => {
      expect(router.isRoadless).to.equal(true);
      const route = askOf({
        router,
        access: {},
        put: () => undefined,
        calls: () => 0,
        close: async () => undefined,
      });
      for (const mode of ['driving', 'walking'] as const)
        expect(refused(await route(mode)).kind).to.equal('not-supported');
    });
  });
};
