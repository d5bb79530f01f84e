import type { ServerResponse } from 'node:http';

import { readPatch, type ControlPatch } from './control.ts';
import { makeCore, makeStandIns, type Core } from './core.ts';
import type { Counters } from './counters.ts';
import { listen, type Listener } from './listener.ts';
import type { SeenRequest } from './recent-requests.ts';
import { parseJson } from './routes-request.ts';
import { serveSheetsControl } from './sheets/sheets-http-control.ts';
import type { SheetsStandIn } from './sheets/sheets-service.ts';
import type { Call, ProviderName, StandIn } from './stand-in.ts';
import type { Timers } from './timers.ts';

export type SandboxOptions = {
  /** The port of the single server, or of the first of five; 0, the default, uses free ones. */
  readonly port?: number;
  /** A server for each of Google Maps, Routes, Yandex, Yandex distance and Sheets instead of one for all. */
  readonly separatePorts?: boolean;
  /** The clock of quotas and counters. Latency, slow responses and the race of appends use `timers`. */
  readonly clock?: { readonly now: () => number };
  /** The timers for latency, slow responses and the race of appends; real time if absent. */
  readonly timers?: Timers;
};

export type Sandbox = {
  /** Origin of the (first) server; `/__control` is on every one. */
  readonly url: string;
  /** `…/maps/api` */
  readonly googleBaseUrl: string;
  /** The origin: the path of the method is appended. */
  readonly routesBaseUrl: string;
  /** `…/v1` */
  readonly yandexBaseUrl: string;
  /** `…/v2` */
  readonly yandexDistanceBaseUrl: string;
  /** The origin: the client uses nothing else of it. */
  readonly sheetsBaseUrl: string;
  /** `…/token` */
  readonly tokenUrl: string;
  /** Google Sheets: its accounts, spreadsheets, faults and counters. */
  readonly sheets: SheetsStandIn;
  /** Throws a TypeError if the patch is invalid. */
  readonly control: (patch: ControlPatch) => void;
  readonly counters: () => Counters;
  /** The last 200, oldest first, without keys. */
  readonly lastRequests: () => readonly SeenRequest[];
  /** Destroys open sockets and timers. */
  readonly stop: () => Promise<void>;
};

const controlPath = '/__control';
const sheetsControlPath = `${controlPath}/sheets`;
const groups: readonly (readonly ProviderName[])[] = [
  ['google', 'google-matrix'],
  ['routes'],
  ['yandex'],
  ['yandex-distance'],
];

const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
};

const serveControl = ({ control, state, recent }: Core, call: Call, response: ServerResponse): void => {
  if (call.path !== controlPath) return sendJson(response, 200, recent());
  if (call.method === 'GET') return sendJson(response, 200, state());
  if (call.method !== 'POST') return sendJson(response, 405, { problem: 'use GET or POST' });
  const read = readPatch(parseJson(call.body));
  if ('problem' in read) return sendJson(response, 400, read);
  control(read.patch);
  return sendJson(response, 200, state());
};

const controlSheets = ({ sheets }: Core, call: Call, response: ServerResponse): void => {
  const { status, value } = serveSheetsControl(sheets, call, call.path.slice(sheetsControlPath.length));
  sendJson(response, status, value);
};

/** What a server provides besides the control API: the providers with API keys, and Sheets, which uses accounts. */
type Served = { readonly standIns: readonly StandIn[]; readonly sheets: boolean };

const handlerFor =
  (core: Core, { standIns, sheets }: Served) =>
  (call: Call, response: ServerResponse): void => {
    if (call.path === controlPath || call.path === `${controlPath}/requests`) {
      return serveControl(core, call, response);
    }
    if (call.path === sheetsControlPath || call.path.startsWith(`${sheetsControlPath}/`)) {
      return controlSheets(core, call, response);
    }
    if (sheets && core.sheets.serves(call)) return core.sheets.serve(call, response);
    const standIn = standIns.find(({ serves }) => serves(call.method, call.path));
    if (standIn) return core.serve(standIn, call, response);
    response.writeHead(404, { 'content-type': 'text/html; charset=UTF-8' });
    response.end('<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>');
    return undefined;
  };

const startListeners = async (
  core: Core,
  { port = 0, separatePorts = false }: SandboxOptions,
): Promise<readonly Listener[]> => {
  const standIns = makeStandIns();
  if (!separatePorts) return [await listen(port, handlerFor(core, { standIns, sheets: true }))];
  const shares: readonly Served[] = [
    ...groups.map((group) => ({
      standIns: standIns.filter(({ name }) => group.includes(name)),
      sheets: false,
    })),
    { standIns: [], sheets: true },
  ];
  const listeners: Listener[] = [];
  for (const [index, own] of shares.entries()) {
    // If a port is in use, the servers that were started before must be stopped.
    const started = await listen(port === 0 ? 0 : port + index, handlerFor(core, own)).catch(
      async (error: unknown) => {
        await Promise.all(listeners.map(({ stop }) => stop()));
        throw error;
      },
    );
    listeners.push(started);
  }
  return listeners;
};

/** Starts on 127.0.0.1. Rejects when a port is in use. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const core = makeCore(options.clock?.now ?? Date.now, options.timers);
  const listeners = await startListeners(core, options);
  const urlOf = (index: number): string => listeners[index]?.url ?? listeners[0]?.url ?? '';
  return {
    url: urlOf(0),
    googleBaseUrl: `${urlOf(0)}/maps/api`,
    routesBaseUrl: urlOf(1),
    yandexBaseUrl: `${urlOf(2)}/v1`,
    yandexDistanceBaseUrl: `${urlOf(3)}/v2`,
    sheetsBaseUrl: urlOf(4),
    tokenUrl: `${urlOf(4)}/token`,
    sheets: core.sheets,
    control: (patch) => {
      const read = readPatch(patch);
      if ('problem' in read) throw new TypeError(`sandbox control: ${read.problem}`);
      core.control(read.patch);
    },
    counters: () => ({ providers: core.state().providers }),
    lastRequests: () => core.recent(),
    stop: async () => {
      core.stop();
      await Promise.all(listeners.map(({ stop }) => stop()));
      core.stop();
    },
  };
};
