import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { uuidV7Source } from '../../../../src/infrastructure/system/uuid-v7.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
const timeOf = (uuid: string): number => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);

describe('uuidV7Source', () => {
  it('lays out the example of RFC 9562, appendix A.6', () => {
    // rand_a is the counter's seed there; its top bit is kept free here, so 0xCC3 becomes 0x4C3.
    const bytes = (size: number) =>
      size === 2
        ? Uint8Array.of(0x0c, 0xc3)
        : Uint8Array.from(
            { length: size },
            (_, i) => [0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f][i % 8]!,
          );
    const { uuid } = uuidV7Source({ now: () => 0x017f22e279b0, randomBytes: bytes });
    expect(uuid()).to.equal('017f22e2-79b0-74c3-98c4-dc0c0c07398f');
  });

  it('ascends strictly and never repeats, also for far more ids than one millisecond has counts', () => {
    const { uuid } = uuidV7Source({ now: () => 1_795_348_800_000, randomBytes });
    const ids = many(20_000, uuid);
    expect(ids.every((id) => UUID_V7.test(id))).to.equal(true);
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(timeOf(ids.at(-1)!) - 1_795_348_800_000).to.be.within(1, 10);
  });

  it('goes on ascending when the clock steps back', () => {
    let now = 5_000;
    const { uuid } = uuidV7Source({ now: () => now, randomBytes });
    const before = uuid();
    now = 1_000;
    const after = uuid();
    expect(after > before).to.equal(true);
    expect(timeOf(after)).to.equal(5_000);
  });

  it('follows the clock', () => {
    let now = 5_000;
    const { uuid } = uuidV7Source({ now: () => now, randomBytes });
    uuid();
    now = 5_001;
    expect(timeOf(uuid())).to.equal(5_001);
  });

  it('two sources of one moment share nothing but the time', () => {
    const make = () => uuidV7Source({ now: () => 5_000, randomBytes });
    const both = [...many(5_000, make().uuid), ...many(5_000, make().uuid)];
    expect(new Set(both.map((id) => id.slice(19))).size).to.equal(both.length);
  });
});
