import { expect } from 'chai';
import { geocodeAddress } from '../../../../src/application/queries/geocode-address.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { aMatch, aReport } from '../../../support/a-call-report.ts';
import { aContext, anExternalService } from '../../../support/an-external-service.ts';
import { answerOf } from '../../../support/command-fixture.ts';

describe('asking for an address', () => {
  const shared = { matches: ['a', 'b', 'c'].map((placeId) => aMatch({ placeId })), attribution: '©' };
  const ask = geocodeAddress({
    services: {
      byId: async () => undefined,
      byName: async () => undefined,
      list: async () => ({ items: [], nextCursor: undefined }),
      activeOf: async () => [anExternalService()],
    },
    geocode: async () => right({ value: shared, report: aReport() }),
  });
  const answer = async (limit: number) => {
    const request = { address: 'Ташкент', language: 'ru', limit };
    return (await answerOf(ask(aContext(), { request, options: { cache: anyCache, deadlineMs: undefined } })))
      .value;
  };

  it('gives each caller as many of the shared matches as it asked for, the best first', async () => {
    expect((await answer(1)).matches.map(({ placeId }) => placeId)).to.deep.equal(['a']);
    expect((await answer(2)).matches).to.have.length(2);
    expect(shared.matches).to.have.length(3);
  });

  it('hands on the very answer where nothing is to be left out', async () => {
    expect(await answer(3)).to.equal(shared);
    expect(await answer(20)).to.equal(shared);
  });
});
