import type { Clock } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { DeliveryFilter } from '../../domain/webhook/delivery/delivery-reader.ts';
import type { ReplayStore } from '../../domain/webhook/delivery/replay-store.ts';
import type { Replay } from '../../domain/webhook/delivery/replay.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

type Deps = { readonly replays: Pick<ReplayStore, 'count' | 'list' | 'byId'> };

/** Number of deliveries that a replay with this filter would send. */
export const countReplayable =
  ({
    replays,
    clock,
  }: Deps & { readonly clock: Clock }): Handler<{ readonly filter: DeliveryFilter }, number> =>
  async ({ tenantId }, { filter }) =>
    right(await replays.count(tenantId, filter, clock.now()));

/** Replays with their progress, newest first. */
export const listReplays =
  ({ replays }: Deps): Handler<{ readonly page: PageRequest }, Page<Replay>> =>
  async ({ tenantId }, { page }) =>
    right(await replays.list(tenantId, page));

/** One replay with its progress. */
export const getReplay =
  ({ replays }: Deps): Handler<{ readonly id: string }, Replay, NotFound> =>
  async ({ tenantId }, { id }) => {
    const replay = await replays.byId(tenantId, id);
    return replay === undefined ? left(notFound('replay')) : right(replay);
  };
