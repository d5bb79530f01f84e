import type { KeyedRequest } from '../../../domain/idempotency/idempotency-keys.ts';
import type { KeptAnswers, KnownAnswer } from '../../../domain/idempotency/kept-answers.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import type { Json } from '../../../domain/shared/json.ts';
import type { SecretBinding, SecretBox, SecretUnreadable } from '../../../domain/shared/secret-box.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Database } from '../database.ts';
import { KeyMissing } from '../key-missing.ts';
import { queryInTenant } from '../tenant-session.ts';

export type SealedRow = { readonly sealed_answer: string | null };

const FIND = `select sealed_answer from idempotency_keys where management_company_id = $1 and key = $2`;

/** Kept answers in `idempotency_keys`, of which each tenant sees only its own. */
export const postgresKeptAnswers = (database: Pick<Database, 'pool'>, secretBox: SecretBox): KeptAnswers => ({
  find: async (tenant, request) => {
    const { rows } = await queryInTenant<SealedRow>(database, tenant, FIND, [tenant, request.key]);
    return rows[0] === undefined ? { kind: 'unknown' } : answerIn(secretBox, tenant, request, rows[0]);
  },
});

export const bindingOf = (tenantId: TenantId, { key }: KeyedRequest): SecretBinding => ({
  tenantId,
  rowId: key,
  field: 'sealed_answer',
});

export const answerIn = (
  secretBox: SecretBox,
  tenant: TenantId,
  request: KeyedRequest,
  { sealed_answer: sealed }: SealedRow,
): Exclude<KnownAnswer, { readonly kind: 'unknown' }> => {
  if (sealed === null) return { kind: 'mismatch' };
  const opened = secretBox.open(sealed, bindingOf(tenant, request));
  if (isLeft(opened)) throw unopened(opened.left);
  // Sealed, hence unchanged: it is what `finish` wrote.
  const kept = JSON.parse(opened.right) as { readonly fingerprint: string; readonly answer: Json };
  return kept.fingerprint === request.fingerprint
    ? { kind: 'finished', answer: kept.answer }
    : { kind: 'mismatch' };
};

const unopened = ({ reason, keyId = '' }: SecretUnreadable): Error =>
  reason === 'unknown-key'
    ? new KeyMissing('a kept answer', keyId)
    : new Error(`a kept answer does not open: ${reason}`);
