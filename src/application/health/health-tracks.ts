import type { ExternalService, HealthStatus } from '../../domain/external-service/external-service.ts';
import { isRefused, trackFrom, type HealthTrack } from '../../domain/external-service/health-rule.ts';
import { putLast } from '../../domain/shared/put-last.ts';

/**
 * What this process knows about one service. `asOf`: time of the stored state on which `status` is based. `version`:
 * the newest version of the service seen so far.
 */
export type Track = HealthTrack & { readonly asOf: number; readonly version: number };

export type HealthTracks = {
  /** `isBeingStored`: a change of this process is being written, so the row is older than what is known here. */
  readonly of: (service: ExternalService, isBeingStored: boolean) => Track;
  readonly set: (id: string, track: Track) => void;
  /** Sets `status` if the track is still at `from`. The counts of outcomes are kept. */
  readonly correct: (id: string, from: HealthStatus, status: HealthStatus, asOf: number) => void;
  readonly forget: (id: string) => void;
};

/** Beyond this number the least recently used track is forgotten. */
const MOST_TRACKS = 10_000;

export const healthTracks = (): HealthTracks => {
  const tracks = new Map<string, Track>();
  const set = (id: string, track: Track): void => putLast(tracks, id, track, MOST_TRACKS);
  return {
    of: (service, isBeingStored) => {
      const { id, healthStatus, version, lastHealthCheck = 0 } = service;
      const found = tracks.get(id);
      const fromRow = {
        ...trackFrom(healthStatus, healthStatus !== 'healthy' && isRefused(service)),
        asOf: lastHealthCheck,
        version,
      };
      if (found === undefined) return fromRow;
      const known = refusalFollowed(found, service, fromRow.refused);
      // Another replica has changed the state since. A process that did not follow it could leave the service
      // unhealthy for ever.
      const isBehind = known.status !== healthStatus && lastHealthCheck > known.asOf;
      return isBehind && !isBeingStored ? fromRow : known;
    },
    set,
    correct: (id, from, status, asOf) => {
      const known = tracks.get(id);
      if (known?.status === from) set(id, { ...known, status, asOf });
    },
    forget: (id) => void tracks.delete(id),
  };
};

/**
 * Adopts a refusal of the key that another replica stored. A changed service may have another key, so it starts without
 * one.
 */
const refusalFollowed = (known: Track, { version }: ExternalService, refusedByRow: boolean): Track => {
  if (version > known.version) return { ...known, version, refused: refusedByRow };
  const isNews = refusedByRow && !known.refused && known.status !== 'healthy' && version === known.version;
  return isNews ? { ...known, refused: true } : known;
};
