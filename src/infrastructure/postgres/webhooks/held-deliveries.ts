import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { USUAL_REPLAY_RATE } from '../../../domain/webhook/delivery/replay.ts';
import { eachByItself } from '../../system/each-by-itself.ts';
import type { Database } from '../database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from './delivery-row.ts';
import { publishKept, type Parked } from './publish-kept.ts';
import { asSystem, queryAsSystem, type Session } from '../tenant-session.ts';

/** A webhook that is active again and still holds deliveries from while it was paused. */
export type ResumedWebhook = { readonly id: string; readonly tenant: TenantId };

export type HeldRelease = {
  readonly database: Pick<Database, 'pool'>;
  readonly onPublished: () => void;
  readonly onParked: (parked: Parked) => void;
};

/** Deliveries of one webhook in one run, of which there is one a second: the usual rate of a replay. */
const AT_ONCE = USUAL_REPLAY_RATE;

// Skips from webhook to webhook along the index (a loose index scan), however many deliveries each of them holds.
const RESUMED = `with recursive holding as (
    (select webhook_id from webhook_deliveries where state = 'held' order by webhook_id limit 1)
    union all
    select (select later.webhook_id from webhook_deliveries as later
      where later.state = 'held' and later.webhook_id > holding.webhook_id order by later.webhook_id limit 1)
    from holding where holding.webhook_id is not null)
  select webhook.id, webhook.management_company_id as tenant
  from holding join webhook_configs as webhook on webhook.id = holding.webhook_id where webhook.status = 'active'`;
const OLDEST = `select ${DELIVERY_COLUMNS} from webhook_deliveries
  where webhook_id = $1 and state = 'held' and management_company_id = $2 order by id limit $3 for update skip locked`;

export const resumedWebhooks = async (database: Pick<Database, 'pool'>): Promise<readonly ResumedWebhook[]> =>
  (await queryAsSystem<ResumedWebhook>(database, RESUMED, [])).rows;

/**
 * Publishes the oldest held deliveries of each webhook, as many as one run takes. Whether a webhook is active is looked
 * up here instead of being triggered by the command that resumes it, since other replicas go on holding deliveries for
 * up to ten seconds.
 */
export const releaseHeld = async (
  { database, onPublished, onParked }: HeldRelease,
  webhooks: readonly ResumedWebhook[],
): Promise<void> =>
  eachByItself(webhooks, async (webhook) => {
    const parked = await asSystem(database, (session) => publishOldest(session, webhook));
    onPublished();
    for (const one of parked) onParked(one);
  });

const publishOldest = async (
  session: Session,
  { id, tenant }: ResumedWebhook,
): Promise<readonly Parked[]> => {
  const { rows } = await session.query<DeliveryRow>(OLDEST, [id, tenant, AT_ONCE]);
  const parked: Parked[] = [];
  for (const row of rows) {
    const bad = await publishKept(session, row);
    if (bad !== undefined) parked.push(bad);
  }
  return parked;
};
