import { expect } from 'chai';
import { haversineMetres } from '../../../../src/domain/provider/haversine.ts';
import { straightLineMetres } from '../../../../src/infrastructure/providers/straight-line.ts';
import { readFixture } from '../../../support/provider-fixtures.ts';

type LatLng = { readonly lat: number; readonly lng: number };
const { pairs } = readFixture('geodesic-reference.json') as {
  pairs: readonly {
    readonly from: string;
    readonly to: string;
    readonly a: LatLng;
    readonly b: LatLng;
    readonly geodesicMetres: number;
    readonly haversineMetres: number;
  }[];
};
const point = ({ lat, lng }: LatLng) => ({ latitude: lat, longitude: lng });

describe('straight line', () => {
  for (const { from, to, a, b, ...wanted } of pairs) {
    it(`measures ${from} to ${to} to the millimetre on the ellipsoid and on the sphere`, () => {
      expect(straightLineMetres(point(a), point(b))).to.be.closeTo(wanted.geodesicMetres, 0.001);
      expect(straightLineMetres(point(b), point(a))).to.be.closeTo(wanted.geodesicMetres, 0.001);
      expect(haversineMetres(point(a), point(b))).to.be.closeTo(wanted.haversineMetres, 0.001);
    });
  }

  it('is nothing from a point to itself, and the same across the antimeridian', () => {
    const tashkent = { latitude: 41.311, longitude: 69.279 };
    expect(straightLineMetres(tashkent, tashkent)).to.equal(0);
    const west = { latitude: 10, longitude: -179.9 };
    const east = { latitude: 10, longitude: 179.9 };
    expect(straightLineMetres(west, east)).to.be.lessThan(25_000);
  });
});
