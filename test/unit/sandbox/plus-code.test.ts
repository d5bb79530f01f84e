import { expect } from 'chai';

import { loadFixtures } from '../../../sandbox/fixtures.ts';
import { readPair } from '../../../sandbox/places.ts';
import { plusCode } from '../../../sandbox/plus-code.ts';

describe('sandbox: plus codes', () => {
  const recorded = loadFixtures().googleGeocoding.cases.flatMap(({ request, response }) => {
    const pair = readPair(request.query?.['latlng'] ?? '');
    const { plus_code: code } = (response.body ?? {}) as { plus_code?: { global_code: string } };
    return pair && code ? [{ point: { lat: pair[0], lng: pair[1] }, code: code.global_code }] : [];
  });

  it('has recorded codes to compare with', () => {
    expect(recorded).to.have.lengthOf.at.least(5);
  });

  for (const { point, code } of recorded) {
    it(`gives ${code} for ${point.lat},${point.lng}`, () => {
      expect(plusCode(point)).to.equal(code);
    });
  }

  it('stays on the globe at its edges', () => {
    expect(plusCode({ lat: 90, lng: 180 })).to.match(/^[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2}$/u);
    expect(plusCode({ lat: -90, lng: -180 })).to.equal('22222222+22');
  });
});
