import { expect } from 'chai';
import fc from 'fast-check';
import {
  spoolContent,
  spoolFrame,
  type SpooledCall,
} from '../../../../src/infrastructure/spool/spool-frame.ts';

const text = fc.string({ unit: 'binary' }).map((any) => any.replaceAll('\x1e', ' ').toWellFormed());
const calls = fc.array(fc.record({ line: text, events: text }), { maxLength: 8 });
const written = (list: readonly SpooledCall[]): Buffer => Buffer.concat(list.map(spoolFrame));

describe('frames of the spool', () => {
  it('return what was written', () => {
    fc.assert(
      fc.property(calls, (list) => {
        expect(spoolContent(written(list))).to.deep.equal({ calls: list, damagedBytes: 0 });
      }),
    );
  });

  it('give back every whole one before a tail that is torn anywhere, which is no damage', () => {
    fc.assert(
      fc.property(
        calls,
        fc.record({ line: text, events: text }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, last, share) => {
          const frame = spoolFrame(last);
          const torn = frame.subarray(0, Math.floor(share * (frame.length - 1)));
          expect(spoolContent(Buffer.concat([written(list), torn]))).to.deep.equal({
            calls: list,
            damagedBytes: 0,
          });
        },
      ),
    );
  });

  for (const [changed, where] of [
    [0, 'first'],
    [1, 'one in the middle'],
    [2, 'last'],
  ] as const)
    it(`lose nothing but the one with a changed byte, and tell of it: the ${where}`, () => {
      const list = ['one', 'two', 'three'].map((line) => ({ line, events: '{}' }));
      const before = written(list.slice(0, changed)).length;
      const length = written(list.slice(changed, changed + 1)).length;
      for (let at = before; at < before + length; at += 1) {
        const bytes = written(list);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0x20, at);
        const { calls: read, damagedBytes } = spoolContent(bytes);
        expect(read, `byte ${at}`).to.deep.equal(list.toSpliced(changed, 1));
        expect(damagedBytes, `byte ${at}`).to.equal(length);
      }
    });

  it('report data after the last one that does not begin another', () => {
    const list = [{ line: 'one', events: '{}' }];
    for (const junk of [Buffer.alloc(2), Buffer.from('sp0'), Buffer.alloc(4096)])
      expect(spoolContent(Buffer.concat([written(list), junk]))).to.deep.equal({
        calls: list,
        damagedBytes: junk.length,
      });
  });

  it('are found again behind text that looks like their beginning', () => {
    const list = [
      { line: 'spol', events: 'spolspol' },
      { line: 'next', events: '' },
    ];
    expect(spoolContent(Buffer.concat([Buffer.from('xspol'), written(list)]))).to.deep.equal({
      calls: list,
      damagedBytes: 5,
    });
  });
});
