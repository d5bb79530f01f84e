const methodNames = [
  'get',
  'batchUpdate',
  'values.get',
  'values.update',
  'values.append',
  'values.clear',
  'values.batchGet',
  'values.batchUpdate',
  'values.batchClear',
  'developerMetadata.get',
  'developerMetadata.search',
] as const;
export type MethodName = (typeof methodNames)[number];

/** With the token endpoint, which is counted and can fail like a method. */
export const callNames = [...methodNames, 'token'] as const;
export type CallName = (typeof callNames)[number];

export type Route = {
  readonly method: MethodName;
  readonly spreadsheetId: string;
  /** A range, or the id of developer metadata. */
  readonly target: string;
};

type Pattern = readonly [verb: string, path: RegExp, method: MethodName];

const base = '^/v4/spreadsheets/([^/:]+)';
/** A decoded range may itself contain slashes and colons. */
const patterns: readonly Pattern[] = [
  ['GET', new RegExp(`${base}$`, 'u'), 'get'],
  ['POST', new RegExp(`${base}:batchUpdate$`, 'u'), 'batchUpdate'],
  ['GET', new RegExp(`${base}/values:batchGet$`, 'u'), 'values.batchGet'],
  ['POST', new RegExp(`${base}/values:batchUpdate$`, 'u'), 'values.batchUpdate'],
  ['POST', new RegExp(`${base}/values:batchClear$`, 'u'), 'values.batchClear'],
  ['POST', new RegExp(`${base}/values/(.+):append$`, 'su'), 'values.append'],
  ['POST', new RegExp(`${base}/values/(.+):clear$`, 'su'), 'values.clear'],
  ['GET', new RegExp(`${base}/values/(.+)$`, 'su'), 'values.get'],
  ['PUT', new RegExp(`${base}/values/(.+)$`, 'su'), 'values.update'],
  ['POST', new RegExp(`${base}/developerMetadata:search$`, 'u'), 'developerMetadata.search'],
  ['GET', new RegExp(`${base}/developerMetadata/([0-9]+)$`, 'u'), 'developerMetadata.get'],
];

export const routeOf = (verb: string, path: string): Route | undefined => {
  for (const [asked, pattern, method] of patterns) {
    const match = asked === verb ? pattern.exec(path) : null;
    if (match) return { method, spreadsheetId: match[1] ?? '', target: match[2] ?? '' };
  }
  return undefined;
};
