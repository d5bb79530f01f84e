import type { ServerResponse } from 'node:http';

import { deliver } from '../delivery.ts';
import type { SeenRequest } from '../recent-requests.ts';
import type { Answer, Call } from '../stand-in.ts';
import type { Timers } from '../timers.ts';
import type { AccountOptions, ServiceAccountKey } from './accounts.ts';
import { carryOut, giveToken } from './carry-out.ts';
import type { Role, SpreadsheetOptions } from './drive.ts';
import { Refusal } from './refusal.ts';
import { routeOf, type CallName, type Route } from './routes.ts';
import { earlyAnswer, lateAnswer, notFoundPage, refusalAnswer } from './sheets-answers.ts';
import {
  applySheetsPatch,
  readSheetsPatch,
  shownSheetsSettings,
  type SheetsPatch,
} from './sheets-control.ts';
import type { SheetsCounters } from './sheets-counters.ts';
import { isEarly, nextSheetsFault, sheetsDelivery, type SheetsFault } from './sheets-faults.ts';
import { SheetsMemory } from './sheets-memory.ts';
import type { Scalar } from './values-in.ts';
import { plainRendering, readLines, type Rendering } from './values-out.ts';

export type SheetsState = {
  readonly settings: SheetsPatch;
  readonly counters: SheetsCounters;
  /** Appends that have chosen their place and have not written yet. */
  readonly open_appends: number;
  readonly accounts: readonly string[];
  readonly spreadsheets: readonly string[];
};

/** The simulated Google Sheets, as controlled by a test. Throws a TypeError for invalid arguments. */
export type SheetsStandIn = {
  /** Registers an account and returns its key file; changes the given fields if it is registered already. */
  readonly serviceAccount: (options?: AccountOptions) => ServiceAccountKey;
  /** Returns its id. */
  readonly addSpreadsheet: (options?: SpreadsheetOptions) => string;
  readonly share: (spreadsheetId: string, clientEmail: string, role?: Role) => void;
  /** The values of a sheet as a read would return them, starting at A1. */
  readonly rows: (
    spreadsheetId: string,
    title?: string,
    render?: Rendering['render'],
  ) => readonly (readonly Scalar[])[];
  readonly control: (patch: SheetsPatch) => void;
  readonly state: () => SheetsState;
  /** The last 200, oldest first, without tokens and assertions. */
  readonly lastRequests: () => readonly SeenRequest[];
};

export type SheetsServer = SheetsStandIn & {
  readonly serves: (call: Call) => boolean;
  readonly serve: (call: Call, response: ServerResponse) => void;
};

type Deps = { readonly now: () => number; readonly timers: Pick<Timers, 'after' | 'every'> };
type Target = { readonly name: CallName; readonly route: Route | undefined };

const tokenPath = '/token';

const targetOf = ({ method, path }: Call): Target | undefined => {
  if (path === tokenPath) return method === 'POST' ? { name: 'token', route: undefined } : undefined;
  const route = routeOf(method, path);
  return route && { name: route.method, route };
};

const sheetRows =
  (memory: SheetsMemory): SheetsStandIn['rows'] =>
  (spreadsheetId, title, render = 'FORMATTED_VALUE') => {
    const sheet = memory.drive.find(spreadsheetId)?.sheet(title);
    if (!sheet) throw new TypeError(`no such sheet: ${spreadsheetId} ${title ?? ''}`);
    return readLines(sheet, sheet.area, { ...plainRendering, render });
  };

const standIn = (memory: SheetsMemory): SheetsStandIn => ({
  serviceAccount: (options = {}) => memory.accounts.register(options).key,
  addSpreadsheet: (options = {}) => memory.drive.add(options),
  share: (spreadsheetId, clientEmail, role = 'writer') => {
    if (!memory.drive.share(spreadsheetId, clientEmail, role)) {
      throw new TypeError(`no such spreadsheet: ${spreadsheetId}`);
    }
  },
  rows: sheetRows(memory),
  control: (patch) => {
    const read = readSheetsPatch(patch);
    if (read.reset === true) memory.reset();
    if (read.revoke_tokens !== undefined) {
      memory.tokens.revoke(read.revoke_tokens === true ? undefined : read.revoke_tokens);
    }
    applySheetsPatch(memory.settings, read);
  },
  state: () => ({
    settings: shownSheetsSettings(memory.settings),
    counters: memory.counts.read(),
    open_appends: memory.openAppends,
    accounts: memory.accounts.emails(),
    spreadsheets: memory.drive.ids(),
  }),
  lastRequests: () => memory.recent.read(),
});

/** Google Sheets and its token endpoint, without a server. */
export const makeSheets = ({ now, timers }: Deps): SheetsServer => {
  const memory = new SheetsMemory();
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => timers.after(milliseconds, resolve));
  const deps = { memory, now, wait };

  const answerTo = async (call: Call, { route }: Target): Promise<Answer> => {
    try {
      return route ? await carryOut(deps, route, call) : giveToken(deps, call);
    } catch (error) {
      const refusal =
        error instanceof Refusal ? error : new Refusal('INTERNAL', 'Internal error encountered.');
      return refusalAnswer(refusal, memory.settings.legacyErrors);
    }
  };

  const send = (response: ServerResponse, answer: Answer, fault: SheetsFault | undefined): void => {
    const delivery = sheetsDelivery(fault?.mode);
    memory.counts.answered(delivery === 'drop' || delivery === 'hang' ? 'none' : answer.status);
    const now = (): void => deliver(response, answer, delivery, timers);
    if (memory.settings.latencyMs > 0) timers.after(memory.settings.latencyMs, now);
    else now();
  };

  const serve = async (call: Call, response: ServerResponse): Promise<void> => {
    const target = targetOf(call);
    if (!target) return send(response, notFoundPage, undefined);
    const { name, route } = target;
    memory.counts.arrived(name);
    memory.recent.add(route ? 'sheets' : 'token', route ? call : { ...call, body: '' });
    const fault = nextSheetsFault(memory.settings, name);
    const { legacyErrors } = memory.settings;
    if (fault && isEarly(fault.mode)) return send(response, earlyAnswer(fault, name, legacyErrors), fault);
    const answer = await answerTo(call, target);
    return send(response, fault ? lateAnswer(answer, fault, name, legacyErrors) : answer, fault);
  };

  return {
    ...standIn(memory),
    serves: ({ path }) => path === tokenPath || path.startsWith('/v4/spreadsheets'),
    serve: (call, response) => void serve(call, response),
  };
};
