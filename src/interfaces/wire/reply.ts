/** Header names and values in turn, as `res.writeHead` takes them. */
export type FlatHeaders = readonly string[];

/** A whole answer, headers of every answer excepted: those are added when it is sent. */
export type WholeReply = {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly body?: string | Buffer | undefined;
  /** Instead of `body`: UTF-8, one byte a character, as `asBytes` makes it. */
  readonly bytes?: string;
  /** Before `bytes`, what is too large to be copied into each answer that begins alike. Nobody may change it. */
  readonly shared?: Buffer;
  /** A licence forbids to save it. */
  readonly isWithheld?: true;
};

// oxlint-disable-next-line no-control-regex -- the range of ASCII is what this looks for
const ASCII = /^[\u0000-\u007f]*$/;

/**
 * The UTF-8 bytes of a text as a string of one byte a character. Text outside Latin takes two bytes a
 * character in memory and is converted on each write; kept like this it is converted once.
 */
export const asBytes = (text: string): string =>
  ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** Takes one line or piece at a time; answers whether anybody still listens. Resolves when the socket can take more. */
export type LineSink = {
  readonly write: (line: string | Uint8Array) => Promise<void>;
  readonly isOpen: () => boolean;
};

/** An answer that leaves piece by piece. */
export type StreamedReply = {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly stream: (sink: LineSink) => Promise<void>;
};
export type Reply = WholeReply | StreamedReply;

/** The headers of every answer. TLS ends in front of this service, so HSTS is the proxy's to say. */
export const everyAnswersHeaders = (requestId: string): string[] => [
  'X-Request-Id',
  requestId,
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
];

/** Answers belong to one caller and one moment: nothing on the way may keep them. */
export const NO_STORE: FlatHeaders = ['Cache-Control', 'no-store'];
export const JSON_HEADERS: FlatHeaders = ['Content-Type', 'application/json', ...NO_STORE];

/** For what strangers or tenants wrote: no browser may take it for a page of this origin. */
export const NO_PAGE: FlatHeaders = ['Content-Security-Policy', "default-src 'none'; sandbox"];

export const json = (status: number, value: unknown, headers: FlatHeaders = []): WholeReply => ({
  status,
  headers: [...JSON_HEADERS, ...headers],
  body: JSON.stringify(value),
});

export const ok = (data: unknown, headers: FlatHeaders = []): WholeReply => json(200, { data }, headers);

export const withHeaders = (reply: WholeReply, more: FlatHeaders): WholeReply => ({
  ...reply,
  headers: [...reply.headers, ...more],
});

export const noContent: WholeReply = { status: 204, headers: NO_STORE, body: undefined };
