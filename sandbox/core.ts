import type { ServerResponse } from 'node:http';

import { applyPatch, freshSettings, shownSettings, type ControlPatch } from './control.ts';
import { CallCounters, type Counters } from './counters.ts';
import { deliver } from './delivery.ts';
import { exchange } from './exchange.ts';
import { loadFixtures } from './fixtures.ts';
import { googleGeocoding } from './google-geocoding.ts';
import { googleMatrix } from './google-matrix.ts';
import { googleRoutes } from './google-routes.ts';
import { knownHouses } from './known-houses.ts';
import { QuotaBuckets } from './quota.ts';
import { RecentRequests, type SeenRequest } from './recent-requests.ts';
import type { Call, ProviderName, StandIn } from './stand-in.ts';
import { makeSheets, type SheetsServer } from './sheets/sheets-service.ts';
import { Timers } from './timers.ts';
import { yandexDistance } from './yandex-distance.ts';
import { yandexGeocoder } from './yandex-geocoder.ts';

/** The answer of `GET /__control`. `settings` holds the current settings in the form of a patch. */
export type ControlState = Counters & {
  readonly clock_ms: number;
  readonly settings: Readonly<Record<ProviderName, ControlPatch>>;
};

export type Core = {
  readonly control: (patch: ControlPatch) => void;
  readonly state: () => ControlState;
  readonly serve: (standIn: StandIn, call: Call, response: ServerResponse) => void;
  readonly sheets: SheetsServer;
  readonly recent: () => readonly SeenRequest[];
  /** Ends responses that are delayed or still being sent slowly. */
  readonly stop: () => void;
};

export const makeStandIns = (): readonly StandIn[] => {
  const fixtures = loadFixtures();
  const known = knownHouses(fixtures);
  return [
    googleGeocoding(fixtures.googleGeocoding, known),
    googleMatrix(fixtures.googleMatrix, known),
    googleRoutes(fixtures.googleRoutes, known),
    yandexGeocoder(fixtures.yandexGeocoder, known),
    yandexDistance(fixtures.yandexDistance),
  ];
};

/** The simulated providers and their state, without servers. */
export const makeCore = (realNow: () => number, timers: Timers = new Timers()): Core => {
  let settings = freshSettings();
  let frozenAt: number | undefined;
  const now = (): number => frozenAt ?? realNow();
  const [counters, quotas, recent] = [new CallCounters(), new QuotaBuckets(), new RecentRequests()];
  const sheets = makeSheets({ now, timers });
  const reset = (): void => {
    settings = freshSettings();
    frozenAt = undefined;
    for (const memory of [counters, quotas, recent]) memory.reset();
    sheets.control({ reset: true });
  };
  const control = (patch: ControlPatch): void => {
    if (patch.reset === true) reset();
    if (patch.clock_ms !== undefined) frozenAt = patch.clock_ms ?? undefined;
    applyPatch(settings, patch);
  };
  const state = (): ControlState => ({
    clock_ms: now(),
    settings: shownSettings(settings),
    ...counters.read(),
  });
  const serve = (standIn: StandIn, call: Call, response: ServerResponse): void => {
    recent.add(standIn.name, call);
    const { answer, delivery } = exchange({ settings, counters, quotas, now })(standIn, call);
    const send = (): void => deliver(response, answer, delivery, timers);
    const { latencyMs } = settings[standIn.name];
    if (latencyMs > 0) timers.after(latencyMs, send);
    else send();
  };
  return { control, state, serve, sheets, recent: () => recent.read(), stop: () => timers.clear() };
};
