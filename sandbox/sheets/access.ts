import type { Call } from '../stand-in.ts';
import type { Account, Accounts } from './accounts.ts';
import { errorInfo, Refusal } from './refusal.ts';
import type { Tokens } from './tokens.ts';

const service = 'sheets.googleapis.com';
const writeScopes = ['spreadsheets', 'drive', 'drive.file'];
const readScopes = [...writeScopes, 'spreadsheets.readonly', 'drive.readonly'];

const unregistered = (): Refusal =>
  new Refusal(
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );

export const unauthenticated = (): Refusal =>
  new Refusal(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  );

const apiDisabled = ({ projectNumber }: Account): Refusal => {
  const page = `https://console.developers.google.com/apis/api/${service}/overview?project=${projectNumber}`;
  return new Refusal(
    'PERMISSION_DENIED',
    `Google Sheets API has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting ${page} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    [
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url: page }],
      },
      errorInfo('SERVICE_DISABLED', { consumer: `projects/${projectNumber}`, service }),
    ],
  );
};

const scopeMissing = (): Refusal =>
  new Refusal('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', { service }),
  ]);

/** The account that calls. Throws Google's error for a caller that is unknown or lacks permission. */
export const callerOf = (
  { headers }: Call,
  kind: 'read' | 'write',
  known: { readonly accounts: Accounts; readonly tokens: Tokens; readonly now: number },
): Account => {
  const authorization = headers.authorization ?? '';
  if (authorization === '') throw unregistered();
  const token = /^Bearer (\S+)$/iu.exec(authorization)?.[1];
  const issued = token === undefined ? undefined : known.tokens.find(token, known.now);
  const account = issued && known.accounts.find(issued.email);
  if (!account) throw unauthenticated();
  if (!account.apiEnabled) throw apiDisabled(account);
  const enough = kind === 'read' ? readScopes : writeScopes;
  if (!issued.scopes.some((scope) => enough.includes(scope))) throw scopeMissing();
  return account;
};
