import { expect } from 'chai';
import { memorySpreadsheetVersions } from '../../src/infrastructure/memory/memory-spreadsheet-versions.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { sequentialIds } from '../support/sequential-ids.ts';
import { spreadsheetVersionsContract } from './spreadsheet-versions.contract.ts';

spreadsheetVersionsContract('memorySpreadsheetVersions', async () => {
  const clock = fixedClock();
  return {
    replicas: [memorySpreadsheetVersions({ clock, ids: sequentialIds() })],
    pass: async (milliseconds) => clock.advance(milliseconds),
  };
});

describe('memorySpreadsheetVersions', () => {
  it('gives a new version to a spreadsheet whose version it had to forget', async () => {
    const clock = fixedClock();
    const versions = memorySpreadsheetVersions({ clock, ids: sequentialIds(), maxSpreadsheets: 2 });
    const seen = new Set([await versions.current('one')]);
    for (const written of ['one', 'two', 'three', 'four', 'five']) {
      await versions.changed(written, 'done');
      seen.add(await versions.current('one'));
    }
    // At first, after its own write, and each time after all versions were forgotten.
    expect(seen.size).to.equal(4);
  });

  it('does not take a version cached by another process for one of its own', async () => {
    const [clock, ids] = [fixedClock(), sequentialIds()];
    const [one, next] = [
      memorySpreadsheetVersions({ clock, ids }),
      memorySpreadsheetVersions({ clock, ids }),
    ];
    expect(await one.current('sheet')).to.not.equal(await next.current('sheet'));
  });
});
