import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Authentic } from '../../../domain/webhook/proof/authenticity.ts';
import { deliveryContent, type DeliveryContent } from '../../../domain/webhook/delivery/delivery-content.ts';
import type {
  KeptState,
  ReceivedDelivery,
  ReceivedFlag,
} from '../../../domain/webhook/delivery/received-delivery.ts';
import type { SourceService } from '../../../domain/webhook/scheme/signature-scheme.ts';
import type { Session } from '../tenant-session.ts';

/** Columns of `webhook_deliveries` without the body. */
export const DELIVERY_COLUMNS = `id, management_company_id, webhook_id, source_service, event_type, external_id,
  encode(body_sha256, 'hex') as body_sha256, body_parts, content_type, raw_size, headers, client_ip, auth_method,
  auth_level, secret_version, request_id, sent_at, received_at, state, flags, published_at`;

export type DeliveryRow = {
  readonly id: string;
  readonly management_company_id: string;
  readonly webhook_id: string;
  readonly source_service: string;
  readonly event_type: string | null;
  readonly external_id: string | null;
  readonly body_sha256: string;
  readonly body_parts: number;
  readonly content_type: string | null;
  readonly raw_size: number;
  readonly headers: { readonly [name: string]: string };
  readonly client_ip: string | null;
  readonly auth_method: string;
  readonly auth_level: string;
  readonly secret_version: number | null;
  readonly request_id: string;
  readonly sent_at: Date | null;
  readonly received_at: Date;
  readonly state: string;
  readonly flags: readonly string[];
  readonly published_at: Date | null;
};

export type StoredDelivery = ReceivedDelivery & {
  readonly state: KeptState;
  /** Epoch milliseconds at which its event was written to the outbox; undefined: it was not. */
  readonly publishedAt: number | undefined;
  /** Number of rows in `webhook_body_parts` that hold the body; 0: it is in the row itself. */
  readonly bodyParts: number;
};

/** Values of closed sets are not checked again, since only this service writes the table. */
export const deliveryFromRow = (row: DeliveryRow): StoredDelivery => ({
  id: row.id,
  tenantId: row.management_company_id as TenantId,
  webhookId: row.webhook_id,
  source: row.source_service as SourceService,
  eventType: row.event_type ?? undefined,
  externalId: row.external_id ?? undefined,
  verification: {
    method: row.auth_method as Authentic['method'],
    level: row.auth_level as Authentic['level'],
    secretVersion: row.secret_version ?? undefined,
  },
  contentType: row.content_type ?? undefined,
  size: row.raw_size,
  bodySha256: row.body_sha256,
  headers: row.headers,
  clientAddress: row.client_ip ?? undefined,
  requestId: row.request_id,
  sentAt: row.sent_at?.getTime(),
  receivedAt: row.received_at.getTime(),
  flags: row.flags as readonly ReceivedFlag[],
  state: row.state as KeptState,
  publishedAt: row.published_at?.getTime(),
  bodyParts: row.body_parts,
});

/** The raw bytes, one part at a time; inside a session of the tenant or of the system. */
export const bodyPiecesOf = async function* (
  session: Session,
  { id, receivedAt, bodyParts }: Pick<StoredDelivery, 'id' | 'receivedAt' | 'bodyParts'>,
): AsyncGenerator<Buffer, void> {
  const at = new Date(receivedAt);
  if (bodyParts === 0) {
    const { rows } = await session.query<{ raw_body: Buffer | null }>(
      'select raw_body from webhook_deliveries where id = $1 and received_at = $2',
      [id, at],
    );
    const whole = rows[0]?.raw_body ?? undefined;
    if (whole !== undefined) yield whole;
  }
  for (let part = 0; part < bodyParts; part += 1) {
    const { rows } = await session.query<{ bytes: Buffer }>(
      'select bytes from webhook_body_parts where delivery_id = $1 and part = $2 and received_at = $3',
      [id, part, at],
    );
    if (rows[0] !== undefined) yield rows[0].bytes;
  }
};

/** The content of its event, extracted from the bytes again. */
export const contentOf = (
  { source, contentType, receivedAt }: ReceivedDelivery,
  body: Uint8Array,
): DeliveryContent =>
  deliveryContent(source, {
    method: 'POST',
    url: undefined,
    rawHeaders: contentType === undefined ? [] : [['content-type', contentType]],
    body,
    receivedAt: new Date(receivedAt),
  });
