import { MemorySpreadsheetWriters } from '../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, turn } from '../support/fixed-clock.ts';
import { spreadsheetWritersContract } from './spreadsheet-writers.contract.ts';

spreadsheetWritersContract('MemorySpreadsheetWriters', async () => {
  const clock = fixedClock();
  return {
    replicas: [new MemorySpreadsheetWriters({ sleep: clock.sleep })],
    pass: async (work) => {
      let isSettled = false;
      const settle = (): void => void (isSettled = true);
      work.then(settle, settle);
      for (await turn(); !isSettled; await turn()) clock.advance(1);
      return work;
    },
  };
});
