import type { SealedSecret, SecretBox } from '../../domain/shared/secret-box.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

type Row = { readonly tenantId: TenantId; readonly id: string };
type Plain = { readonly apiKey: string | undefined; readonly credentials: string | undefined };
type Sealed = { readonly apiKey: SealedSecret | undefined; readonly credentials: SealedSecret | undefined };

const HINT_LENGTH = 4;
/** No hint for shorter secrets: it would reveal more than half of them. */
const SHORTEST_WITH_HINT = 8;

export const hintOf = (secret: string): string =>
  secret.length < SHORTEST_WITH_HINT ? '' : secret.slice(-HINT_LENGTH);

/** Encrypts the given secrets, bound to tenant, row and field, so that an envelope copied elsewhere does not open. */
export const sealed = (box: SecretBox, row: Row, { apiKey, credentials }: Plain): Sealed => {
  const seal = (
    field: string,
    plain: string | undefined,
    hint: (s: string) => string,
  ): SealedSecret | undefined =>
    plain === undefined
      ? undefined
      : { envelope: box.seal(plain, { tenantId: row.tenantId, rowId: row.id, field }), hint: hint(plain) };
  return { apiKey: seal('api_key', apiKey, hintOf), credentials: seal('credentials', credentials, () => '') };
};
