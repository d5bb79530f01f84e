import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { observed, type HealthOutcome } from '../../domain/external-service/health-rule.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import type { Telemetry } from '../telemetry.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { healthTracks, type HealthTracks, type Track } from './health-tracks.ts';
import { storeHealthChange, type HealthChange } from './store-health-change.ts';

/** What this process knows of the health of services. Every change of it is stored, behind whoever noted it. */
export type HealthNotes = {
  readonly note: (
    service: ExternalService,
    outcome: HealthOutcome,
    reason: string,
    correlationId: string,
  ) => void;
  readonly trackOf: (service: ExternalService) => Track;
  /** Waits until each change of this service seen so far is stored, or has failed to be. */
  readonly storedOf: (serviceId: string) => Promise<void>;
  /** The same, of all services. */
  readonly allStored: () => Promise<void>;
};

export type HealthNotesDeps = {
  readonly unitOfWork: UnitOfWork;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  /** Called for changes that this process has stored, not for those of others. */
  readonly onChanged: (change: HealthChange) => void;
  /** A change that could not be stored; it is tried again with the next outcome of its kind. */
  readonly onUnstored: (serviceId: string, error: unknown) => void;
};

export const healthNotes = (deps: HealthNotesDeps): HealthNotes => {
  const tracks = healthTracks();
  const turns = takingTurns();
  return {
    note: (service, outcome, reason, correlationId) => {
      const before = tracks.of(service, turns.areUnderWay(service.id));
      // The outcome is about a key or an address that the service no longer has.
      if (service.version < before.version) return;
      const after = { ...before, ...observed(before, outcome) };
      tracks.set(service.id, after);
      if (after.status === before.status) return;
      const { refused } = after;
      const change = { service, from: before.status, to: after.status, refused, reason, correlationId };
      turns.add(service.id, () => store(deps, change, tracks));
    },
    trackOf: (service) => tracks.of(service, false),
    storedOf: turns.over,
    allStored: turns.allOver,
  };
};

/** Changes of one service are stored one after the other; services do not wait for each other. */
const takingTurns = () => {
  const underWay = new Map<string, Promise<void>>();
  return {
    add: (id: string, work: () => Promise<void>): void => {
      const before = underWay.get(id) ?? Promise.resolve();
      const done = before.then(async () => {
        await work();
        if (underWay.get(id) === done) underWay.delete(id);
      });
      underWay.set(id, done);
    },
    areUnderWay: (id: string): boolean => underWay.has(id),
    over: async (id: string): Promise<void> => underWay.get(id),
    allOver: async (): Promise<void> => void (await Promise.all(underWay.values())),
  };
};

/** A change that could not be stored is taken back, so that the next outcome of its kind leads to it again. */
const store = async (deps: HealthNotesDeps, change: HealthChange, tracks: HealthTracks): Promise<void> => {
  const { service, from, to } = change;
  try {
    const { isOurs, status, asOf } = await storeHealthChange(deps, change);
    if (status === undefined) tracks.forget(service.id);
    else tracks.correct(service.id, to, status, asOf);
    deps.servicesChanged(service.tenantId);
    if (!isOurs) return;
    deps.telemetry.healthChanged(service.provider, from, to);
    deps.onChanged(change);
  } catch (error) {
    tracks.correct(service.id, to, from, service.lastHealthCheck ?? 0);
    deps.onUnstored(service.id, error);
  }
};
