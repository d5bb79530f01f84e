import { expect } from 'chai';
import { answered, HOUSE, pipelineFixture, refused } from '../../../support/pipeline-fixture.ts';
import { down, wrongRequest } from '../../../support/scripted-geocoder.ts';

describe('What the metrics are told of a call', () => {
  it('is how long its caller waited, for the commit of its record too', async () => {
    const { ask, clock, journal, finished } = pipelineFixture();
    const { append } = journal;
    Object.assign(journal, {
      append: (call: Parameters<typeof append>[0]) => {
        clock.advance(30.5);
        return append(call);
      },
    });
    await answered(ask(HOUSE));
    expect(finished).to.deep.equal([{ status: 'success', durationMs: 30.5 }]);
  });

  it('is that the cache had no fresh answer, also where no provider had one', async () => {
    const { ask, google, yandex, lookups } = pipelineFixture();
    google.says(down);
    yandex.says(down);
    await refused(ask(HOUSE));
    google.says(wrongRequest);
    await refused(ask(HOUSE));
    await refused(ask(HOUSE, { cache: { onlyIfCached: true } }));
    expect(lookups).to.deep.equal(['google_maps miss', 'google_maps miss', 'google_maps miss']);
  });

  it('is nothing of the cache where it was not looked into, or nobody could be asked', async () => {
    const { ask, google, lookups } = pipelineFixture();
    await answered(ask(HOUSE, { cache: { noStore: true } }));
    google.says(wrongRequest);
    await refused(ask(HOUSE, { cache: { noStore: true } }));
    await refused(ask(HOUSE, { services: [] }));
    expect(lookups).to.deep.equal([]);
  });
});
