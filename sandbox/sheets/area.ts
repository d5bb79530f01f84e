/** A rectangle of cells, counted from zero; the ends are exclusive. */
export type Area = {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
};

/** As given by a range: an open end extends to the end of the grid. */
export type AskedArea = Omit<Area, 'bottom' | 'right'> & {
  readonly bottom: number | undefined;
  readonly right: number | undefined;
};

const letters = 26;

/** A for 0, AA for 26. */
export const columnName = (index: number): string => {
  const rest = Math.floor(index / letters) - 1;
  return (rest < 0 ? '' : columnName(rest)) + String.fromCharCode(65 + (index % letters));
};

export const columnIndex = (name: string): number =>
  Array.from(name.toUpperCase()).reduce((sum, letter) => sum * letters + letter.charCodeAt(0) - 64, 0) - 1;

export const sizeOf = ({ top, left, bottom, right }: Area): number => (bottom - top) * (right - left);

export const meet = (a: Area, b: Area): boolean =>
  a.top < b.bottom && b.top < a.bottom && a.left < b.right && b.left < a.right;

export const holds = (
  { top, left, bottom = Infinity, right = Infinity }: AskedArea,
  { row, column }: { readonly row: number; readonly column: number },
): boolean => row >= top && row < bottom && column >= left && column < right;

/** `A1:D4`; one cell is `A1`. */
export const areaText = ({ top, left, bottom, right }: Area): string => {
  const first = `${columnName(left)}${top + 1}`;
  const last = `${columnName(right - 1)}${bottom}`;
  return first === last ? first : `${first}:${last}`;
};

/** The form in which an error message names a range outside the grid: `ZZ` for `ZZ:ZZ`. */
export const askedText = ({ top, left, bottom, right }: AskedArea): string => {
  const openRows = bottom === undefined && top === 0;
  const openColumns = right === undefined && left === 0;
  const first = `${openColumns ? '' : columnName(left)}${openRows ? '' : top + 1}`;
  const last = `${right === undefined ? '' : columnName(right - 1)}${bottom ?? ''}`;
  return first === last ? first : `${first}:${last}`;
};
