import { isLeft, left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { GivenSecrets } from '../../domain/webhook/proof/secret-rules.ts';
import { secretKindsOf } from '../../domain/webhook/proof/secret-rules.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import {
  nextSecretVersion,
  USUAL_OVERLAP_SECONDS,
  withNewSecret,
  withNewToken,
} from '../../domain/webhook/webhook-rotation.ts';
import { newWebhookToken } from '../../domain/webhook/webhook-token.ts';
import { invalidInput, together, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { notFound, type NotFound } from '../not-found.ts';
import {
  onceInTransaction,
  type NotDone,
  type OnceKept,
  type TransactionalHandler,
} from '../once-in-transaction.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';
import { webhookRefusal, type WebhookDeps, type WebhookRefused } from './create-webhook.ts';
import { givenSecretProblems, newWebhookSecret } from './new-webhook-secret.ts';

type Overlap = {
  readonly id: string;
  readonly expectedVersion: ExpectedVersion;
  /** Seconds for which the old one stays valid; undefined: one day. */
  readonly overlapSeconds: number | undefined;
};
export type RotateToken = Overlap;
export type RotatedToken = { readonly config: WebhookConfig; readonly token: string };
export type RotateSecret = Overlap & {
  readonly secrets: GivenSecrets;
  /**
   * Problems found while decoding. If there are any, nothing is changed, and all further problems are reported with
   * them.
   */
  readonly wrong?: readonly InputProblem[];
};
export type RotatedSecret = {
  readonly config: WebhookConfig;
  /** Shown only in this answer; undefined when the caller provided the secret. */
  readonly generatedSecret: string | undefined;
};
export type RotateFailure = WebhookRefused | NotFound | VersionChanged;

/** Gives a webhook a new address. The old address works until the overlap ends. */
export const rotateWebhookToken =
  (deps: WebhookDeps): TransactionalHandler<RotateToken, RotatedToken, RotateFailure> =>
  (ctx, { overlapSeconds = USUAL_OVERLAP_SECONDS, ...asked }, once) =>
    rotated<RotatedToken>(deps, ctx, once, asked, (current) => {
      const fresh = newWebhookToken(deps.randomBytes);
      const config = withNewToken(current, fresh, deps.clock.now(), overlapSeconds);
      return right({ config, token: fresh.token });
    });

/** Gives a webhook a new secret. Signatures with the old one are accepted until the overlap ends. */
export const rotateWebhookSecret =
  (deps: WebhookDeps): TransactionalHandler<RotateSecret, RotatedSecret, RotateFailure> =>
  (ctx, { secrets, overlapSeconds = USUAL_OVERLAP_SECONDS, wrong = [], ...asked }, once) =>
    rotated<RotatedSecret>(deps, ctx, once, asked, (current) => {
      const needsNone = secretKindsOf(current.sourceService, current.scheme).length === 0;
      const none = { pointer: '/secret_key', detail: 'this scheme has no secret' };
      const problems = together(wrong, needsNone ? [none] : givenSecretProblems(current, secrets));
      if (problems.length > 0) return left(invalidInput(...problems));
      const now = deps.clock.now();
      const made = newWebhookSecret(deps, current, secrets, nextSecretVersion(current), now);
      if (made === undefined) return left(invalidInput(none));
      const config = withNewSecret(current, made.secret, now, overlapSeconds);
      return right({ config, generatedSecret: made.generated });
    });

/** Stores the result of `rotate` once per idempotency key and invalidates cached webhooks. */
const rotated = async <Rotated extends { readonly config: WebhookConfig }>(
  { unitOfWork, webhooksChanged }: Pick<WebhookDeps, 'unitOfWork' | 'webhooksChanged'>,
  ctx: TenantContext,
  once: OnceKept<Rotated> | undefined,
  { id, expectedVersion }: Pick<Overlap, 'id' | 'expectedVersion'>,
  rotate: (current: WebhookConfig) => Either<InvalidInput, Rotated>,
): AsyncResult<RotateFailure | NotDone, Rotated> => {
  const outcome = await onceInTransaction<RotateFailure, Rotated>(unitOfWork, ctx, once, async (tx) => {
    const current = await tx.webhooks.byId(id);
    if (current === undefined) return left(notFound('webhook'));
    const changed = versionChanged(current.version);
    if (!isExpected(current, expectedVersion)) return left(changed);
    const next = rotate(current);
    if (isLeft(next)) return next;
    const { config } = next.right;
    const stored = await tx.webhooks.update(config, current.version);
    if (stored === 'version-changed') return left(changed);
    return webhookRefusal(config, stored) ?? next;
  });
  webhooksChanged();
  return outcome;
};
