import { expect } from 'chai';
import { precisions, type Geocoder } from '../../src/domain/provider/geocoder.ts';
import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import { FAILURES, isStatusSent, type FailingMood } from '../support/broken-answers.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../support/provider-access.ts';

/** How the provider behind the adapter is to behave next. */
export type ProviderMood = 'knows-two-places' | 'knows-nothing' | FailingMood;

export type GeocoderSubject = {
  readonly geocoder: Geocoder;
  readonly access: Partial<ProviderAccess>;
  /** Sets the provider's behaviour; undefined when it cannot behave so (declared in `exceptions`). */
  readonly put: (mood: ProviderMood) => void;
  readonly calls: () => number;
  readonly close: () => Promise<void>;
};

/** The rules that do not apply to an adapter, each with its reason: an undeclared exception is a failure. */
export type Exceptions = { readonly [M in ProviderMood]?: string };

const FIELDS = ['country', 'countryCode', 'region', 'city', 'district', 'street', 'house', 'postalCode'];

/** The rules for every provider behind the port `Geocoder`. */
export const geocoderContract = (
  name: string,
  build: () => Promise<GeocoderSubject>,
  exceptions: Exceptions = {},
): void => {
  describe(`geocoder contract: ${name}`, () => {
    let subject: GeocoderSubject;
    before(async () => (subject = await build()));
    after(() => subject.close());

    const access = (change: Partial<ProviderAccess> = {}) => anAccess({ ...subject.access, ...change });
    const geocode = (limit = 5, change: Partial<ProviderAccess> = {}) =>
      subject.geocoder.geocode(access(change), { address: 'London', language: 'en', limit });
    const reverse = (change: Partial<ProviderAccess> = {}) =>
      subject.geocoder.reverse(access(change), {
        coordinates: { latitude: 51.5074, longitude: -0.1278 },
        language: 'en',
      });

    for (const [operation, ask] of [
      ['an address', () => geocode()],
      ['a point', () => reverse()],
    ] as const) {
      it(`returns places on Earth for ${operation}, the best first, with score, level and source`, async () => {
        subject.put('knows-two-places');
        const { matches, attribution } = answered(await ask());
        expect(matches.length).to.be.greaterThan(0);
        expect(attribution).to.match(/©/);
        for (const match of matches) {
          expect(Math.abs(match.coordinates.latitude)).to.be.at.most(90);
          expect(Math.abs(match.coordinates.longitude)).to.be.at.most(180);
          expect(match.confidence).to.be.within(0, matches[0]!.confidence);
          expect(match.confidence).to.be.at.most(1);
          expect(precisions).to.include(match.precision);
          expect(match.formattedAddress).to.be.a('string').and.not.equal('');
          expect(FIELDS).to.include.members(Object.keys(match.components));
          expect(match.components.countryCode).to.match(/^[A-Z]{2}$/);
          expect(JSON.parse(JSON.stringify(match))).to.deep.equal(match);
        }
      });
    }

    it('returns no more places than were asked for', async () => {
      subject.put('knows-two-places');
      expect(answered(await geocode(1)).matches).to.have.length(1);
    });

    it('gives the same answer to the same question', async () => {
      subject.put('knows-two-places');
      expect(answered(await geocode())).to.deep.equal(answered(await geocode()));
    });

    it('answers with an empty list, not a failure, when there is no such place', async () => {
      subject.put('knows-nothing');
      const request = { address: 'jsajhgsdkfjhsfkjhald', language: 'ru', limit: 5 };
      expect(answered(await subject.geocoder.geocode(access(), request)).matches).to.deep.equal([]);
      const sea = { coordinates: { latitude: 0, longitude: -30 }, language: 'ru' };
      expect(answered(await subject.geocoder.reverse(access(), sea)).matches).to.deep.equal([]);
    });

    for (const [mood, kind, sent] of FAILURES) {
      if (exceptions[mood] !== undefined) continue;
      it(`calls it ${kind} when the provider ${mood.replaceAll('-', ' ')}, and does not reveal the key`, async () => {
        subject.put(mood);
        // The provider may be slow to answer on a busy machine.
        const time = mood === 'hangs' ? SOON : {};
        for (const ask of [() => geocode(5, time), () => reverse(time)]) {
          const failure = refused(await ask());
          expect(failure.kind).to.equal(kind);
          expect(failure).to.satisfy(({ status }: ProviderError) => isStatusSent(status, sent));
          expect(JSON.stringify(failure)).to.not.contain(PLANTED_KEY);
        }
      });
    }

    it('sends no request for a caller who has gone', async () => {
      subject.put('knows-two-places');
      const before = subject.calls();
      expect(refused(await geocode(5, { signal: AbortSignal.abort() })).kind).to.equal('provider-timeout');
      expect(subject.calls()).to.equal(before);
    });

    it('tells whether its probe is free, and probes that the provider is reachable', async () => {
      subject.put('knows-two-places');
      expect(subject.geocoder.probeIsFree).to.be.a('boolean');
      expect(answered(await subject.geocoder.probe(access()))).to.deep.equal({ reachable: true });
    });
  });
};

const SOON: Partial<ProviderAccess> = { timeoutMs: 150 };
