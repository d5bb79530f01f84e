import { expect } from 'chai';
import { boundedCacheTier } from '../../../../src/infrastructure/cache/bounded-cache-tier.ts';
import { TENANT } from '../../../support/an-external-service.ts';
import { faultyCacheTier, noFaults } from '../../../support/faulty-cache-tier.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import { mockedTime, type MockedTime } from '../../../support/mocked-time.ts';

const settings = { limitMs: 250, slowReadsToSkip: 3, skipMs: 5_000 };

describe('a second cache tier with bounds', () => {
  let time: MockedTime;
  beforeEach(() => (time = mockedTime()));
  afterEach(() => time.restore());

  const fixture = () => {
    const faults = noFaults();
    const tier = fakeCacheTier();
    const bounded = boundedCacheTier(faultyCacheTier(tier, faults), time.monotonic, settings);
    const find = () => bounded.find(TENANT, 'v1:uk_company_1:geocode:x');
    /** The outcome of a read while the tier hangs. */
    const given = async (read: Promise<unknown>): Promise<string> => {
      const outcome = read.then(
        () => 'answered',
        (error: Error) => error.message,
      );
      await turn();
      time.advance(125);
      time.advance(125);
      await turn();
      return outcome;
    };
    const hang = () => void (faults.delay = () => new Promise(() => undefined));
    const recover = () => void (faults.delay = async () => undefined);
    return { bounded, faults, tier, find, given, hang, recover };
  };
  const SLOW = 'the second cache tier did not answer within 250 ms';
  const ALONE = 'the second cache tier is left alone: it was slow';

  it('answers what the tier answers, and rejects what it rejects', async () => {
    const { find, faults, tier } = fixture();
    expect(await find()).to.equal(undefined);
    faults.refuse = () => true;
    for (let n = 0; n < 5; n += 1)
      expect(await find().catch((error: Error) => error.message)).to.equal('the tier is away');
    expect(tier.finds()).to.equal(1);
  });

  it('gives up a read, of an entry or of stamps, that takes too long', async () => {
    const { find, bounded, given, hang } = fixture();
    hang();
    expect(await given(find())).to.equal(SLOW);
    expect(await given(bounded.stamps(TENANT))).to.equal(SLOW);
  });

  it('takes an answer that came while the process was too busy to read it', async () => {
    const { find, faults } = fixture();
    const arrived = Promise.withResolvers<void>();
    faults.delay = () => arrived.promise;
    const reading = find();
    await turn();
    time.advance(125);
    time.advance(10_000);
    arrived.resolve();
    expect(await reading).to.equal(undefined);
  });

  it('accepts an answer that could be read only when the stalled process went on', async () => {
    const { find, faults } = fixture();
    const arrived = Promise.withResolvers<void>();
    faults.delay = () => arrived.promise;
    const reading = find();
    await turn();
    time.advance(10_000);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    time.advance(124);
    arrived.resolve();
    expect(await reading).to.equal(undefined);
  });

  it('leaves a tier alone that was slow three times in a row, and no sooner', async () => {
    const { find, given, hang, recover, tier } = fixture();
    hang();
    for (let n = 0; n < 2; n += 1) await given(find());
    recover();
    await find();
    hang();
    for (let n = 0; n < 3; n += 1) expect(await given(find())).to.equal(SLOW);
    const asked = tier.finds();
    expect(await find().catch((error: Error) => error.message)).to.equal(ALONE);
    expect(tier.finds()).to.equal(asked);
  });

  it('lets one read try after a while, and all others when that one was answered', async () => {
    const { find, given, hang, recover, tier } = fixture();
    hang();
    for (let n = 0; n < 3; n += 1) await given(find());
    time.advance(5_000);
    const trial = given(find());
    expect(await find().catch((error: Error) => error.message)).to.equal(ALONE);
    expect(await trial).to.equal(SLOW);
    recover();
    time.advance(4_999);
    expect(await find().catch((error: Error) => error.message)).to.equal(ALONE);
    time.advance(1);
    const asked = tier.finds();
    await find();
    await find();
    expect(tier.finds()).to.equal(asked + 2);
  });

  it('lets writes take their time', async () => {
    const { bounded, hang } = fixture();
    hang();
    let isOver = false;
    void bounded.addHits(TENANT, new Map()).finally(() => (isOver = true));
    await turn();
    time.advance(60_000);
    await turn();
    expect(isOver).to.equal(false);
  });
});
