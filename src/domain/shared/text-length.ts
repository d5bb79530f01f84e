/**
 * Counts code points, as JSON Schema does. The UTF-16 length is checked first because it is cheap and nearly always
 * decides.
 */
export const isLongerThan = (text: string, characters: number): boolean =>
  text.length > characters && (text.length > 2 * characters || Array.from(text).length > characters);
