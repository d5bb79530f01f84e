import { expect } from 'chai';
import { UNSETTLED_MS, type SpreadsheetVersions } from '../../src/domain/spreadsheet/spreadsheet-versions.ts';

export type SpreadsheetVersionsHarness = {
  /** Several adapters over the same versions, as in several replicas; at least one. */
  readonly replicas: readonly [SpreadsheetVersions, ...SpreadsheetVersions[]];
  readonly pass: (milliseconds: number) => Promise<void>;
};

/** The rules for every `SpreadsheetVersions`. */
export const spreadsheetVersionsContract = (
  name: string,
  open: () => Promise<SpreadsheetVersionsHarness>,
): void => {
  describe(`${name} as versions of spreadsheets`, () => {
    let harness: SpreadsheetVersionsHarness;
    let writer: SpreadsheetVersions;
    let sheet: string;
    let opened = 0;
    beforeEach(async () => {
      harness = await open();
      writer = harness.replicas.at(-1) ?? harness.replicas[0];
      sheet = `sheet-${(opened += 1)}`;
    });

    const seen = (id = sheet) => Promise.all(harness.replicas.map(async (one) => one.current(id)));
    const only = <A>(values: readonly A[]): A => {
      expect(new Set(values).size).to.equal(1);
      return values[0] as A;
    };

    it('are the same on every replica while nobody writes', async () => {
      expect(only(await seen())).to.be.a('string');
      expect(await seen()).to.deep.equal(await seen());
    });

    it('are new on every replica once a write is known, and never recur', async () => {
      const all = [only(await seen())];
      for (let write = 0; write < 20; write += 1) {
        await writer.changed(sheet, 'done');
        const version = only(await seen());
        expect(all).to.not.include(version);
        all.push(version);
      }
    });

    it('are new after concurrent writes from every replica', async () => {
      const before = only(await seen());
      await Promise.all(harness.replicas.map((one) => one.changed(sheet, 'done')));
      expect(only(await seen())).to.not.equal(before);
    });

    it('do not change with another spreadsheet', async () => {
      const before = await seen();
      await writer.changed(`${sheet}-other`, 'done');
      expect(await seen()).to.deep.equal(before);
    });

    it('are unknown while a write may still be carried out, whatever is written meanwhile', async () => {
      const before = only(await seen());
      await writer.changed(sheet, 'unclear');
      expect(only(await seen())).to.equal(undefined);
      await writer.changed(sheet, 'done');
      expect(only(await seen())).to.equal(undefined);
      await harness.pass(UNSETTLED_MS);
      expect(only(await seen()))
        .to.be.a('string')
        .that.does.not.equal(before);
    });
  });
};
