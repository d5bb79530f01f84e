import { expect } from 'chai';
import fc from 'fast-check';
import { coordinates, formatDecimal, roundedTo } from '../../../../src/domain/provider/coordinates.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';

const latitudes = fc.double({ min: -90, max: 90, noNaN: true });
const longitudes = fc.double({ min: -180, max: 180, noNaN: true });
const points = fc.record({ latitude: latitudes, longitude: longitudes });
const decimals = fc.integer({ min: 0, max: 8 });

const beyond = (limit: number): fc.Arbitrary<number> =>
  fc.double().filter((value) => !(Math.abs(value) <= limit));

/** The difference in degrees between two longitudes, the short way round. */
const turn = (one: number, other: number): number => {
  const apart = Math.abs(one - other) % 360;
  return Math.min(apart, 360 - apart);
};

describe('coordinates', () => {
  it('accepts every point of the globe unchanged', () => {
    fc.assert(
      fc.property(points, ({ latitude, longitude }) => {
        expect(coordinates(latitude, longitude)).to.deep.equal(right({ latitude, longitude }));
      }),
    );
  });

  it('accepts the edges', () => {
    expect(coordinates(90, 180)).to.deep.equal(right({ latitude: 90, longitude: 180 }));
    expect(coordinates(-90, -180)).to.deep.equal(right({ latitude: -90, longitude: -180 }));
  });

  it('refuses a latitude beyond the poles, NaN and infinity', () => {
    fc.assert(
      fc.property(beyond(90), longitudes, (latitude, longitude) => {
        expect(coordinates(latitude, longitude)).to.deep.equal(
          left([{ field: 'latitude', detail: 'a number from -90 to 90' }]),
        );
      }),
    );
  });

  it('refuses a longitude beyond 180 degrees, NaN and infinity', () => {
    fc.assert(
      fc.property(latitudes, beyond(180), (latitude, longitude) => {
        expect(coordinates(latitude, longitude)).to.deep.equal(
          left([{ field: 'longitude', detail: 'a number from -180 to 180' }]),
        );
      }),
    );
  });

  it('names both problems at once', () => {
    fc.assert(
      fc.property(beyond(90), beyond(180), (latitude, longitude) => {
        const answer = coordinates(latitude, longitude);
        expect(isLeft(answer) && answer.left.map(({ field }) => field)).to.deep.equal([
          'latitude',
          'longitude',
        ]);
      }),
    );
  });
});

describe('formatDecimal', () => {
  it('prints the wanted decimals, never an exponent and never a negative zero', () => {
    fc.assert(
      fc.property(longitudes, decimals, (value, places) => {
        const text = formatDecimal(value, places);
        expect(text).to.match(places === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${places}}$`));
        expect(text).not.to.match(/^-0(?:\.0*)?$/);
        expect(Math.abs(Number(text) - value)).to.be.at.most(0.5 * 10 ** -places + 1e-9);
      }),
    );
  });

  it('prints what JavaScript itself would print with an exponent', () => {
    expect(formatDecimal(8.1e-5, 6)).to.equal('0.000081');
    expect(formatDecimal(1e-7, 5)).to.equal('0.00000');
    expect(formatDecimal(-1e-7, 5)).to.equal('0.00000');
    expect(formatDecimal(-0, 5)).to.equal('0.00000');
    expect(formatDecimal(-0.00001, 5)).to.equal('-0.00001');
  });
});

describe('roundedTo', () => {
  it('gives a point of the globe that has no more decimals, no negative zero and no longitude of 180', () => {
    fc.assert(
      fc.property(points, decimals, (point, places) => {
        const rounded = roundedTo(places, point);
        expect(isLeft(coordinates(rounded.latitude, rounded.longitude))).to.equal(false);
        expect(rounded.longitude).to.be.below(180);
        for (const value of [rounded.latitude, rounded.longitude]) {
          expect(Object.is(value, -0)).to.equal(false);
          expect(Number(value.toFixed(places))).to.equal(value);
        }
      }),
    );
  });

  it('moves a point by half a step at most', () => {
    fc.assert(
      fc.property(points, decimals, (point, places) => {
        const rounded = roundedTo(places, point);
        const limit = 0.5 * 10 ** -places + 1e-9;
        expect(Math.abs(rounded.latitude - point.latitude)).to.be.at.most(limit);
        expect(turn(rounded.longitude, point.longitude)).to.be.at.most(limit);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(points, decimals, (point, places) => {
        const once = roundedTo(places, point);
        expect(roundedTo(places, once)).to.deep.equal(once);
      }),
    );
  });

  it('treats both sides of the antimeridian as one', () => {
    const west = roundedTo(5, { latitude: -16.5, longitude: -179.999999 });
    const east = roundedTo(5, { latitude: -16.5, longitude: 179.999999 });
    expect(west).to.deep.equal({ latitude: -16.5, longitude: -180 });
    expect(east).to.deep.equal(west);
  });

  it('keeps latitude and longitude in their places', () => {
    expect(roundedTo(5, { latitude: 41.3111119, longitude: 69.2797378 })).to.deep.equal({
      latitude: 41.31111,
      longitude: 69.27974,
    });
  });
});
