/** How a handshake in the query may be asked for. HEAD is a GET without the body of its answer. */
export const GREETINGS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The outcome of a handshake that is answered: it proves nothing, and is not kept. */
export const GREETED = {
  state: 'handshake',
  verification: { method: 'none', level: 'none', secretVersion: undefined },
  eventType: undefined,
  externalId: undefined,
  dedupeKey: undefined,
  flags: [],
  firstId: undefined,
} as const;
