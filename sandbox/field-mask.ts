const known = [
  'originIndex',
  'destinationIndex',
  'status',
  'condition',
  'distanceMeters',
  'duration',
  'staticDuration',
  'travelAdvisory',
  'fallbackInfo',
  'localizedValues',
];

/** Top-level fields to keep, `all` for `*`; undefined where the mask names a field that does not exist. */
export type FieldMask = 'all' | ReadonlySet<string>;

const camel = (name: string): string =>
  name.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());

export const readFieldMask = (text: string): FieldMask | undefined => {
  const fields = text.split(',').map((field) => camel(field.trim()).split('.')[0] ?? '');
  if (fields.includes('*')) return 'all';
  return fields.every((field) => known.includes(field)) ? new Set(fields) : undefined;
};

export const masked = (
  element: Readonly<Record<string, unknown>>,
  mask: FieldMask,
): Readonly<Record<string, unknown>> =>
  mask === 'all' ? element : Object.fromEntries(Object.entries(element).filter(([name]) => mask.has(name)));

export const sameMask = (a: FieldMask, b: FieldMask): boolean =>
  a === b || (a !== 'all' && b !== 'all' && a.size === b.size && [...a].every((field) => b.has(field)));
