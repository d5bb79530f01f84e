import type { ServiceTokenFinder } from '../../../domain/access/service-token-repository.ts';
import type { ServiceToken } from '../../../domain/access/service-token.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { ReadTogether } from '../../system/read-together.ts';
import type { Database } from '../database.ts';
import { tokenFromRow, type TokenRow } from './service-token-row.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { SnapshotCache } from '../snapshot-cache.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly monotonic: Clock['monotonic'];
  readonly sleep: Sleep;
  readonly isAway?: () => boolean;
};

export type PostgresServiceTokenFinder = ServiceTokenFinder & {
  /** Called after a revocation: takes effect in this process at once, in others within a second. */
  readonly forgetAll: () => void;
  /** Loads all usable tokens, for a time in which the database is away. */
  readonly refresh: () => Promise<void>;
};

const MAX_AGE_MS = 1_000;
/** Unknown hashes are cached as well, so that repeated guesses do not reach the database. */
const MAX_HASHES = 10_000;
/** One query at a time for all callers: guesses, which nothing else limits, occupy one connection at most. */
const AT_ONCE = 0;
const BY_HASHES = 'select * from service_tokens where token_hash = any ($1::text[])';

const USABLE = `select * from service_tokens where revoked_at is null and (expires_at is null or expires_at > now())
  order by created_at desc limit ${MAX_HASHES}`;

/** Finds a token by its hash before the tenant is known, hence as `integration_system`. */
export const postgresServiceTokenFinder = ({
  database,
  ...cacheOptions
}: Deps): PostgresServiceTokenFinder => {
  const byHashes = async (hashes: readonly string[]) =>
    tokensByHash((await queryAsSystem<TokenRow>(database, BY_HASHES, [hashes])).rows);
  const together = new ReadTogether({ ...cacheOptions, read: byHashes, everyMs: AT_ONCE });
  const tokens = new SnapshotCache<ServiceToken | undefined>({
    ...cacheOptions,
    maxAge: MAX_AGE_MS,
    maxKeys: MAX_HASHES,
    load: (hash) => together.of(hash),
  });
  const loadAll = async () => {
    const { rows } = await queryAsSystem<TokenRow>(database, USABLE, []);
    return { values: tokensByHash(rows), isComplete: rows.length < MAX_HASHES };
  };
  return {
    byHash: (hash) => tokens.get(hash),
    forgetAll: () => tokens.forgetAll(),
    refresh: () => tokens.refresh(loadAll),
  };
};

const REMOVE_ENDED = removal('service_tokens', 'least(revoked_at, expires_at) < $1');

/**
 * Deletes tokens that ended before that time: whoever issues one per day or run leaves many behind. They are kept as
 * long as the trail names them, so that they can be listed and recognised. Returns the number of rows.
 */
export const removeEndedTokens = (database: Pick<Database, 'pool'>, endedBefore: number): Promise<number> =>
  removeInTurns(database, REMOVE_ENDED, endedBefore);

const tokensByHash = (rows: readonly TokenRow[]): ReadonlyMap<string, ServiceToken> =>
  new Map(rows.map((row) => [row.token_hash, tokenFromRow(row)]));
