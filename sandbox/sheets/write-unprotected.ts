import { holds, meet, type Area } from './area.ts';
import { invalid } from './refusal.ts';
import type { CellWrite, Sheet } from './sheet.ts';

const isProtected = () =>
  invalid(
    'You are trying to edit a protected cell or object. ' +
      'Please contact the spreadsheet owner to remove protection if you need to edit.',
  );

/**
 * Writes with the rights of a caller, who is never the owner of the file: if one cell is protected, none is written.
 */
export const writeUnprotected = (sheet: Sheet, writes: readonly CellWrite[]): void => {
  if (writes.some((write) => sheet.protectedAreas.some((area) => holds(area, write)))) throw isProtected();
  sheet.write(writes);
};

/** Emptying an empty cell counts as an edit, too. */
export const checkUnprotected = (sheet: Sheet, area: Area): void => {
  const areas = sheet.protectedAreas.map(({ bottom = Infinity, right = Infinity, ...start }) => ({
    ...start,
    bottom,
    right,
  }));
  if (areas.some((other) => meet(other, area))) throw isProtected();
};
