import { expect } from 'chai';
import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { Router, TravelMode } from '../../src/domain/provider/router.ts';
import { FAILURES, isStatusSent, type FailingMood } from '../support/broken-answers.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../support/provider-access.ts';

/** How the provider behind the adapter is to behave next. Its road is 1,234 m and 160 s long. */
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

/** The rules for every provider behind the port `Router`. */
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

    it('answers that there is no road, neither with a failure nor with a length', async () => {
      subject.put('knows-no-road');
      const { attribution, ...road } = answered(await route());
      expect(road).to.deep.equal({ found: false });
      expect(attribution).to.match(/©/);
    });

    for (const mood of NOT_UNDERSTOOD)
      it(`rejects an answer that ${mood.replaceAll('-', ' ')} as not understood`, async () => {
        subject.put(mood);
        expect(refused(await route()).kind).to.equal('answer-not-understood');
      });

    for (const [mood, kind, sent] of FAILURES)
      it(`calls it ${kind} when the provider ${mood.replaceAll('-', ' ')}, and does not reveal the key`, async () => {
        subject.put(mood);
        // The provider may be slow to answer on a busy machine.
        const failure = refused(await route('driving', mood === 'hangs' ? SOON : {}));
        expect(failure.kind).to.equal(kind);
        expect(failure).to.satisfy(({ status }: ProviderError) => isStatusSent(status, sent));
        expect(JSON.stringify(failure)).to.not.contain(PLANTED_KEY);
      });

    it('sends no request for a caller who has gone', async () => {
      subject.put('knows-a-road');
      const before = subject.calls();
      const gone = await route('driving', { signal: AbortSignal.abort() });
      expect(refused(gone).kind).to.equal('provider-timeout');
      expect(subject.calls()).to.equal(before);
    });
  });
};

/** The rules for a provider without road distances: it always says so, and never returns the straight-line distance. */
export const roadlessContract = (name: string, router: Router): void => {
  describe(`router contract: ${name}, which knows no roads`, () => {
    it('says so, also before it is asked for a distance', async () => {
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
