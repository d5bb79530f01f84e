import { expect } from 'chai';
import fc from 'fast-check';
import type { Coordinates } from '../../../../src/domain/provider/coordinates.ts';
import { haversineMetres } from '../../../../src/domain/provider/haversine.ts';

const at = (latitude: number, longitude: number): Coordinates => ({ latitude, longitude });
/** Metres of one degree of a great circle on the mean sphere. */
const DEGREE = (6_371_008.8 * Math.PI) / 180;

describe('haversine', () => {
  const arcs: readonly (readonly [string, Coordinates, Coordinates, number])[] = [
    ['from a point to itself', at(41.3, 69.2), at(41.3, 69.2), 0],
    ['along a meridian', at(-10, 20), at(35, 20), 45],
    ['along the equator', at(0, -30), at(0, 60), 90],
    ['over the pole', at(60, 10), at(60, -170), 60],
    ['across the antimeridian', at(0, 179), at(0, -179), 2],
    ['to the antipode', at(30, 40), at(-30, -140), 180],
    ['from the equator to a pole', at(0, 0), at(90, 123), 90],
    // cos c = sin 60 sin 30 + cos 60 cos 30 cos 90
    ['a quarter turn apart at two latitudes', at(60, 0), at(30, 90), 64.341],
  ];
  for (const [words, one, other, degrees] of arcs)
    it(`measures the arc ${words}`, () => {
      expect(haversineMetres(one, other)).to.be.closeTo(degrees * DEGREE, 100);
      expect(haversineMetres(other, one)).to.be.closeTo(degrees * DEGREE, 100);
    });

  it('is never longer than half the globe, nor by way of a third point', () => {
    const point = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(point, point, point, (a, b, c) => {
        expect(haversineMetres(a, b)).to.be.within(0, 180 * DEGREE + 1);
        expect(haversineMetres(a, c)).to.be.at.most(haversineMetres(a, b) + haversineMetres(b, c) + 1);
      }),
    );
  });
});
