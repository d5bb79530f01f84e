import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { left, right, type Either } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { AddressNotation } from '../../domain/webhook/sender/ip-address.ts';
import { schemeOfSecret } from '../../domain/webhook/scheme/scheme-of-secret.ts';
import type { GivenSecrets } from '../../domain/webhook/proof/secret-rules.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { webhookFields, type WebhookFields, type WebhookInput } from '../../domain/webhook/webhook-fields.ts';
import { newWebhookToken, type RandomBytes } from '../../domain/webhook/webhook-token.ts';
import { invalidInput, together, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { tenantFull, type TenantFull } from '../tenant-full.ts';
import type { Transaction, UnitOfWork } from '../unit-of-work.ts';
import { givenSecretProblems, newWebhookSecret } from './new-webhook-secret.ts';

export type CreateWebhook = {
  readonly input: WebhookInput;
  readonly secrets: GivenSecrets;
  /**
   * Problems found while decoding. If there are any, nothing is stored, and all further problems are reported with
   * them.
   */
  readonly wrong?: readonly InputProblem[];
};
/** `token` and `generatedSecret` are shown only in this answer. */
export type CreatedWebhook = {
  readonly config: WebhookConfig;
  readonly token: string;
  /** Undefined when the caller provided the secret, or none is needed. */
  readonly generatedSecret: string | undefined;
};
export type WebhookNameTaken = { readonly kind: 'webhook-name-taken'; readonly name: string };
export type WebhookRefused = InvalidInput | WebhookNameTaken;
export type CreateWebhookFailure = WebhookRefused | TenantFull;

/** Dependencies of the commands on webhooks. */
export type WebhookDeps = {
  readonly unitOfWork: UnitOfWork;
  readonly secretBox: SecretBox;
  readonly notation: AddressNotation;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly mostPerTenant: number;
  /** Called after the commit, to invalidate cached webhooks. */
  readonly webhooksChanged: () => void;
};

const SOURCE_UNKNOWN: InputProblem = { pointer: '/source_service_id', detail: 'no such service' };

const noTotals: WebhookConfig['totals'] = {
  received: 0,
  successful: 0,
  failed: 0,
  lastReceivedAt: undefined,
  lastRejectedAt: undefined,
};

/** Creates a webhook. Its address contains a secret token, which only this answer shows. */
export const createWebhook =
  (deps: WebhookDeps): TransactionalHandler<CreateWebhook, CreatedWebhook, CreateWebhookFailure> =>
  async (ctx, { input, secrets, wrong = [] }, once) => {
    const { fields, problems: found } = webhookFields(deps.notation, input);
    const proving = { ...fields, scheme: fields.scheme ?? schemeOfSecret(input.scheme) };
    const byItself = together(wrong, [...found, ...givenSecretProblems(proving, secrets)]);
    // Without a reference to a service nothing in the database could add to these problems, so they are reported
    // even while the database is unavailable.
    if (byItself.length > 0 && fields.sourceServiceId === undefined) return left(invalidInput(...byItself));
    const outcome = await onceInTransaction<CreateWebhookFailure, CreatedWebhook>(
      deps.unitOfWork,
      ctx,
      once,
      async (tx) => {
        const problems = together(byItself, await sourceProblems(tx, fields.sourceServiceId));
        if (problems.length > 0) return left(invalidInput(...problems));
        const full = tenantFull('webhooks', await tx.webhooks.count(), deps.mostPerTenant);
        if (full !== undefined) return left(full);
        const created = newWebhook(deps, ctx.tenantId, fields, secrets);
        return webhookRefusal(created.config, await tx.webhooks.add(created.config)) ?? right(created);
      },
    );
    deps.webhooksChanged();
    return outcome;
  };

const newWebhook = (
  deps: WebhookDeps,
  tenantId: TenantId,
  fields: WebhookFields,
  secrets: GivenSecrets,
): CreatedWebhook => {
  const now = deps.clock.now();
  const { token, hash, hint } = newWebhookToken(deps.randomBytes);
  const made = newWebhookSecret(deps, { ...fields, tenantId }, secrets, 1, now);
  const config: WebhookConfig = {
    ...fields,
    id: deps.ids.uuid(),
    tenantId,
    address: { hash, hint, previous: undefined },
    secrets: made === undefined ? [] : [made.secret],
    totals: noTotals,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  return { config, token, generatedSecret: made?.generated };
};

/**
 * The row of the service stays locked until the end of the transaction, so it cannot disappear before the webhook is
 * stored.
 */
export const sourceProblems = async (
  { services }: Pick<Transaction, 'services'>,
  id: string | undefined,
): Promise<readonly InputProblem[]> =>
  id === undefined || (await services.byId(id)) !== undefined ? [] : [SOURCE_UNKNOWN];

/** Undefined when the store accepted the webhook. */
export const webhookRefusal = (
  { name }: WebhookConfig,
  outcome: 'added' | 'updated' | 'name-taken' | 'source-unknown',
): Either<WebhookRefused, never> | undefined => {
  if (outcome === 'name-taken') return left({ kind: 'webhook-name-taken', name });
  if (outcome !== 'source-unknown') return undefined;
  return left(invalidInput(SOURCE_UNKNOWN));
};
