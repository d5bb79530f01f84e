import { left, right } from '../../domain/shared/fp.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';
import type { WebhookDeps } from './create-webhook.ts';

export type RemoveWebhook = {
  readonly id: string;
  readonly expectedVersion: ExpectedVersion;
  /** Delete it at once instead of archiving it. */
  readonly purge: boolean;
};
export type RemoveWebhookFailure = NotFound | VersionChanged;

/** Archives a webhook, so that its sender is answered 410 and stops. An archived webhook is deleted. */
export const removeWebhook =
  ({
    unitOfWork,
    clock,
    webhooksChanged,
  }: Pick<WebhookDeps, 'unitOfWork' | 'clock' | 'webhooksChanged'>): TransactionalHandler<
    RemoveWebhook,
    void,
    RemoveWebhookFailure
  > =>
  async (ctx, { id, expectedVersion, purge }, once) => {
    const outcome = await onceInTransaction<RemoveWebhookFailure, void>(unitOfWork, ctx, once, async (tx) => {
      const current = await tx.webhooks.byId(id);
      if (current === undefined) return left(notFound('webhook'));
      const changed = versionChanged(current.version);
      if (!isExpected(current, expectedVersion)) return left(changed);
      const archived = {
        ...current,
        status: 'archived',
        version: current.version + 1,
        updatedAt: clock.now(),
      } as const;
      const done =
        purge || current.status === 'archived'
          ? await tx.webhooks.remove(id, current.version)
          : await tx.webhooks.update(archived, current.version);
      return done === 'version-changed' ? left(changed) : right(undefined);
    });
    webhooksChanged();
    return outcome;
  };
