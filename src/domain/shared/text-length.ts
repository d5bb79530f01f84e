/** Counts characters as JSON Schema does, by code points; the cheap length answers nearly always. */
export const isLongerThan = (text: string, characters: number): boolean =>
  text.length > characters && (text.length > 2 * characters || Array.from(text).length > characters);
