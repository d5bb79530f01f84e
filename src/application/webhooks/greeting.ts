/** Methods of a handshake in the query. HEAD is a GET whose answer has no body. */
export const GREETINGS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The outcome of an answered handshake in a dry run: it proves nothing and is not stored. */
export const GREETED = {
  state: 'handshake',
  verification: { method: 'none', level: 'none', secretVersion: undefined },
  eventType: undefined,
  externalId: undefined,
  dedupeKey: undefined,
  flags: [],
  firstId: undefined,
} as const;
