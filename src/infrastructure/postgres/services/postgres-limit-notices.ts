import type { LimitNotices } from '../../../application/webhooks/limit-notices.ts';
import type { Clock, IdSource } from '../../../domain/shared/clock.ts';
import type { IntegrationEvent } from '../../../domain/shared/integration-event.ts';
import { cloudEventText } from '../../events/cloud-event-text.ts';
import { atMostEvery } from '../../system/at-most-every.ts';
import { WrittenTogether } from '../../system/written-together.ts';
import type { Database } from '../database.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Called after a commit that left events in the outbox: wakes the outbox relay. */
  readonly onCommitted: () => void;
  readonly onFailed: (error: unknown, waiting: number) => void;
  readonly onWritten?: () => void;
};

const ONCE_IN_MS = 60_000;
const STORE = `insert into outbox_messages (management_company_id, messages)
  select tenant, messages from jsonb_to_recordset($1) as notice (tenant text, messages text)`;

export type PostgresLimitNotices = LimitNotices & { readonly flush: () => Promise<void> };

/** Writes notices to the outbox, with one statement for all tenants that have one at the moment. */
export const postgresLimitNotices = (deps: Deps): PostgresLimitNotices => {
  const { database, ids, clock, onCommitted, onFailed, onWritten } = deps;
  const isDue = atMostEvery(ONCE_IN_MS, clock.monotonic);
  const written = new WrittenTogether<IntegrationEvent>({
    onFailed,
    ...(onWritten && { onWritten }),
    write: async (events) => {
      const notices = events.map((event) => ({
        tenant: event.tenantId,
        messages: `[${cloudEventText(event)}]`,
      }));
      await queryAsSystem(database, STORE, [JSON.stringify(notices)]);
      onCommitted();
    },
  });
  return {
    exceeded: ({ id, tenantId }, window) => {
      if (!isDue(tenantId)) return;
      written.add({
        id: ids.uuid(),
        type: 'integration.rate_limit.exceeded',
        tenantId,
        subject: id,
        time: clock.now(),
        // It belongs to no single request.
        correlationId: ids.uuid(),
        data: {
          service_name: window.subjectId,
          window_type: window.window,
          limit: window.limit,
          used: window.used,
          resets_at: new Date(window.resetsAt).toISOString(),
        },
      });
    },
    flush: () => written.flush(),
  };
};
