/** Header names and values in turn, as `res.writeHead` takes them. */
export type FlatHeaders = readonly string[];

/** A whole answer, without the headers common to all answers, which are added when it is sent. */
export type WholeReply = {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly body?: string | Buffer | undefined;
  /** Instead of `body`: UTF-8 with one byte per character, as made by `asBytes`. */
  readonly bytes?: string;
  /**
   * Sent before `bytes`: a common beginning of many answers that is too large to be copied into each. Must not be
   * changed.
   */
  readonly shared?: Buffer;
  /** A licence forbids storing it. */
  readonly isWithheld?: true;
};

// oxlint-disable-next-line no-control-regex -- the range of ASCII is what this looks for
const ASCII = /^[\u0000-\u007f]*$/;

/**
 * The UTF-8 bytes of a text as a string with one byte per character. Text beyond Latin-1 takes two bytes a character in
 * memory and is encoded on each write; in this form it is encoded once.
 */
export const asBytes = (text: string): string =>
  ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/**
 * Takes one line or piece at a time and resolves when the socket can take more; `isOpen` tells whether anybody still
 * reads.
 */
export type LineSink = {
  readonly write: (line: string | Uint8Array) => Promise<void>;
  readonly isOpen: () => boolean;
};

/** An answer that is sent piece by piece. */
export type StreamedReply = {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly stream: (sink: LineSink) => Promise<void>;
};
export type Reply = WholeReply | StreamedReply;

/** The headers of every answer. TLS ends in front of this service, so HSTS is left to the proxy. */
export const everyAnswersHeaders = (requestId: string): string[] => [
  'X-Request-Id',
  requestId,
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
];

/** Answers belong to one caller and one moment: nothing in between may cache them. */
export const NO_STORE: FlatHeaders = ['Cache-Control', 'no-store'];
export const JSON_HEADERS: FlatHeaders = ['Content-Type', 'application/json', ...NO_STORE];

/** For content from strangers or tenants: no browser may treat it as a page of this origin. */
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
