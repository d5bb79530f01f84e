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

/** Faults below the provider's own protocol look the same for every provider. */
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

/** How an adapter classifies the answers of a provider in each of these states, and the HTTP status it reports. */
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

/** Whether the status of a completely received answer is the expected one, whatever its body was. */
export const isStatusSent = (status: number | undefined, sent: Sent): boolean =>
  sent === 'one of its own' ? status !== undefined : status === sent;

export type FailingMood = (typeof FAILURES)[number][0];
