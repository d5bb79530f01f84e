import { parseJson } from '../routes-request.ts';
import { isRecord, type Answer, type Call } from '../stand-in.ts';
import { callerOf } from './access.ts';
import type { Account } from './accounts.ts';
import { keepFields, readFields } from './fields.ts';
import { readGrant } from './jwt-grant.ts';
import type { Done, Later, Method } from './method.ts';
import { methods } from './methods.ts';
import { checkNames } from './parameters.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Route } from './routes.ts';
import { jsonAnswer } from './sheets-answers.ts';
import type { SheetsMemory } from './sheets-memory.ts';

type Deps = {
  readonly memory: SheetsMemory;
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
};

const readBody = ({ method, body }: Call): Readonly<Record<string, unknown>> => {
  if (method === 'GET' || body === '') return {};
  const parsed = parseJson(body);
  if (!isRecord(parsed)) throw invalid('Invalid JSON payload received. Unexpected token.');
  return parsed;
};

const takeQuota = ({ memory, now }: Deps, method: Method, account: Account): void => {
  const { quota, counts, settings } = memory;
  try {
    quota.take(method.kind, account, settings.limits, now());
  } catch (error) {
    counts.refused(account.email);
    throw error;
  }
  counts.taken(account.email, method.kind, now());
};

/** The gap between the two steps of an append, in which other appends may take place. */
const secondStep = async ({ memory, wait }: Deps, { spreadsheetId }: Route, step: Later): Promise<Done> => {
  const sheet = `${spreadsheetId}/${step.sheetId}`;
  if (memory.beginAppend(sheet)) memory.counts.overlapped();
  const { appendWindowMs } = memory.settings;
  try {
    if (appendWindowMs > 0) await wait(appendWindowMs);
    const current = memory.drive.find(spreadsheetId)?.copy();
    if (!current) throw new Refusal('NOT_FOUND', 'Requested entity was not found.');
    const done = step.later(current);
    memory.drive.put(current);
    return done;
  } finally {
    memory.endAppend(sheet);
  }
};

/**
 * Handles one call in Google's order: credentials, quota, typed values, the spreadsheet, its ranges. Rejects with a
 * `Refusal`. A method writes into a copy, so that the workbook changes completely or not at all.
 */
export const carryOut = async (deps: Deps, route: Route, call: Call): Promise<Answer> => {
  const { memory, now } = deps;
  const { accounts, tokens, drive, counts } = memory;
  const method = methods[route.method];
  const account = callerOf(call, method.kind, { accounts, tokens, now: now() });
  takeQuota(deps, method, account);
  checkNames(call.query, method.parameters);
  const mask = readFields(call.query.get('fields') ?? '*');
  const run = method.prepare({ target: route.target, query: call.query, body: readBody(call) });
  const opened = drive.open(route.spreadsheetId, account, method.kind);
  const workbook = method.kind === 'write' ? opened.copy() : opened;
  const step = run(workbook);
  if ('answer' in step && method.kind === 'write') drive.put(workbook);
  const done = 'answer' in step ? step : await secondStep(deps, route, step);
  if (method.kind === 'write') counts.committed(route.method, done.overwrittenRows ?? 0);
  return jsonAnswer(200, keepFields(done.answer, mask));
};

export const giveToken = ({ memory, now }: Deps, call: Call): Answer => {
  const { accounts, tokens, counts, settings } = memory;
  const grant = readGrant(call, accounts, now() + settings.clockSkewMs);
  if ('error' in grant) return jsonAnswer(400, grant);
  const { account, scopes } = grant;
  const life = settings.tokenLifeSeconds;
  const token = tokens.issue(account, scopes, now() + life * 1_000);
  counts.token(account.email);
  return jsonAnswer(200, { access_token: token, expires_in: life, token_type: 'Bearer' });
};
