import { json, text, type Reply } from './fixture-server.ts';

const endless: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, '[');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

/** Faults below the vendor's own words are the same everywhere. */
export const brokenAnswers = {
  'is-down': text(503, 'text/html', '<html>down</html>'),
  hangs: () => undefined,
  'breaks-off': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"results":[', () => response.socket?.resetAndDestroy());
  },
  redirects: text(302, 'text/html', '', { location: 'http://127.0.0.1:1/' }),
  'answers-html': text(200, 'text/html', '<html>please log in</html>'),
  'answers-half-json': text(200, 'application/json', '{"results":[{"address_components":['),
  'answers-other-json': json(200, { hello: 'world' }),
  'answers-without-end': endless,
} satisfies { readonly [mood: string]: Reply };

/** What an adapter makes of a vendor that is in such a mood, and the HTTP status that comes with it. */
export const FAILURES = [
  ['refuses-the-key', 'credentials-rejected', 'one of its own'],
  ['is-over-quota', 'quota-exceeded', 'one of its own'],
  ['rejects-the-request', 'request-rejected', 'one of its own'],
  ['is-down', 'provider-unavailable', 503],
  ['breaks-off', 'provider-unavailable', undefined],
  ['hangs', 'provider-timeout', undefined],
  ['redirects', 'answer-not-understood', 302],
  ['answers-html', 'answer-not-understood', 200],
  ['answers-half-json', 'answer-not-understood', 200],
  ['answers-other-json', 'answer-not-understood', 200],
  ['answers-without-end', 'answer-not-understood', undefined],
] as const;

type Sent = (typeof FAILURES)[number][2];

/** Of an answer that came to its end, whatever was in it. */
export const isStatusSent = (status: number | undefined, sent: Sent): boolean =>
  sent === 'one of its own' ? status !== undefined : status === sent;

export type FailingMood = (typeof FAILURES)[number][0];
