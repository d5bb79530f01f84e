import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type { WebhookTarget } from './job.ts';

type Example = { readonly name: string; readonly examples: readonly object[] };

/** An example payload of GitHub's, of eleven kilobytes. Loaded lazily: the file contains four megabytes of them. */
const anIssue = (): string => {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[];
  const issue = all.find(({ name }) => name === 'issues')?.examples[0];
  if (issue === undefined) throw new Error('no example of an issue');
  return JSON.stringify(issue);
};

let rest: string | undefined;

/** A delivery as GitHub sends it: each number has its own id and body. */
export const deliveryRequest = ({ path, secret }: WebhookTarget, number: number): Buffer => {
  const body = Buffer.from(`{"number":${number},${(rest ??= anIssue().slice(1))}`);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: gateway',
    'User-Agent: GitHub-Hookshot/bench',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'X-GitHub-Event: issues',
    `X-GitHub-Delivery: 00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    `X-Hub-Signature-256: sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
};
