import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { observed, type HealthOutcome } from '../../domain/external-service/health-rule.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import type { Telemetry } from '../telemetry.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { healthTracks, type HealthTracks, type Track } from './health-tracks.ts';
import { storeHealthChange, type HealthChange } from './store-health-change.ts';

/**
 * The health of services as this process knows it. Changes are stored in the background; `note` does not wait for that.
 */
export type HealthNotes = {
  readonly note: (
    service: ExternalService,
    outcome: HealthOutcome,
    reason: string,
    correlationId: string,
  ) => void;
  readonly trackOf: (service: ExternalService) => Track;
  /** Resolves when every change of this service noted so far has been stored or has failed to be. */
  readonly storedOf: (serviceId: string) => Promise<void>;
  /** The same for all services. */
  readonly allStored: () => Promise<void>;
};

export type HealthNotesDeps = {
  readonly unitOfWork: UnitOfWork;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  /** Called for changes stored by this process, not for those of other replicas. */
  readonly onChanged: (change: HealthChange) => void;
  /** A change could not be stored; the next outcome of its kind will lead to it again. */
  readonly onUnstored: (serviceId: string, error: unknown) => void;
};

export const healthNotes = (deps: HealthNotesDeps): HealthNotes => {
  const tracks = healthTracks();
  const turns = takingTurns();
  return {
    note: (service, outcome, reason, correlationId) => {
      const before = tracks.of(service, turns.areUnderWay(service.id));
      // The outcome belongs to a key or address that the service has no longer.
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

/** Changes of one service are stored one after the other; different services do not wait for each other. */
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

/** If a change cannot be stored it is reverted in memory, so that the next outcome of its kind leads to it again. */
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
