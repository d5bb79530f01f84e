import { holds } from './area.ts';
import { invalid } from './refusal.ts';
import type { CellWrite, Sheet } from './sheet.ts';

/** As a caller may, who is never the owner of the file: where one cell is protected, none is written. */
export const writeUnprotected = (sheet: Sheet, writes: readonly CellWrite[]): void => {
  if (writes.some((write) => sheet.protectedAreas.some((area) => holds(area, write)))) {
    throw invalid(
      'You are trying to edit a protected cell or object. ' +
        'Please contact the spreadsheet owner to remove protection if you need to edit.',
    );
  }
  sheet.write(writes);
};
