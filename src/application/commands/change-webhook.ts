import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import { mergePatch } from '../../domain/shared/merge-patch.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import { webhookSecretBinding } from '../../domain/webhook/opened-secrets.ts';
import { responseJson } from '../../domain/webhook/scheme/response-rules.ts';
import { schemeJson } from '../../domain/webhook/scheme/scheme-json.ts';
import { secretKindsOf, secretProblems } from '../../domain/webhook/proof/secret-rules.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { webhookFields, type WebhookInput } from '../../domain/webhook/webhook-fields.ts';
import { invalidInput, together, type InputProblem } from '../input-problem.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { changesNothing, toldOfStored } from '../patches.ts';
import type { Transaction } from '../unit-of-work.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';
import { sourceProblems, webhookRefusal, type WebhookDeps, type WebhookRefused } from './create-webhook.ts';

type Changeable = Omit<WebhookInput, 'sourceService'>;

/** JSON merge patch (RFC 7396): a missing field stays, `null` clears it or restores its default. */
export type WebhookPatch = { readonly [K in keyof Changeable]?: Changeable[K] | null };

export type ChangeWebhook = {
  readonly id: string;
  readonly expectedVersion: ExpectedVersion;
  readonly patch: WebhookPatch;
  /**
   * Problems found while decoding. If there are any, nothing is changed, and all further problems are reported with
   * them.
   */
  readonly wrong?: readonly InputProblem[];
};
export type ChangeWebhookFailure = WebhookRefused | NotFound | VersionChanged;

type Deps = Pick<WebhookDeps, 'unitOfWork' | 'secretBox' | 'notation' | 'clock' | 'webhooksChanged'>;

/** Applies a patch to a webhook atomically. Pausing and resuming are changes of its status. */
export const changeWebhook =
  (deps: Deps): TransactionalHandler<ChangeWebhook, WebhookConfig, ChangeWebhookFailure> =>
  async (ctx, change, once) => {
    const outcome = await onceInTransaction<ChangeWebhookFailure, WebhookConfig>(
      deps.unitOfWork,
      ctx,
      once,
      (tx) => changedIn(tx, deps, change),
    );
    deps.webhooksChanged();
    return outcome;
  };

const changedIn = async (
  tx: Transaction,
  { secretBox, notation, clock }: Deps,
  { id, expectedVersion, patch, wrong = [] }: ChangeWebhook,
): AsyncResult<ChangeWebhookFailure, WebhookConfig> => {
  const current = await tx.webhooks.byId(id);
  if (current === undefined) return left(notFound('webhook'));
  const changed = versionChanged(current.version);
  if (!isExpected(current, expectedVersion)) return left(changed);
  const { fields, problems: found } = webhookFields(notation, patchedInput(current, patch));
  // Only a new reference has to be checked: a service cannot be removed while a webhook refers to it.
  const source = patch.sourceServiceId ?? undefined;
  const problems = together(wrong, [
    ...toldOfStored(found, patch),
    ...lostProof(secretBox, current, fields),
    ...(await sourceProblems(tx, source)),
  ]);
  if (problems.length > 0) return left(invalidInput(...problems));
  const next = { ...current, ...fields, version: current.version + 1, updatedAt: clock.now() };
  if (changesNothing(current, next)) return right(current);
  const stored = await tx.webhooks.update(next, current.version);
  if (stored === 'version-changed') return left(changed);
  return webhookRefusal(next, stored) ?? right(next);
};

/**
 * A patch cannot replace secrets. A new scheme that needs another kind of secret, or decodes the present one
 * differently, would leave the webhook unable to accept anything.
 */
const lostProof = (
  box: SecretBox,
  current: WebhookConfig,
  { sourceService, scheme }: Pick<WebhookConfig, 'sourceService' | 'scheme'>,
): readonly InputProblem[] => {
  const needed = secretKindsOf(sourceService, scheme);
  if (sourceService !== 'custom' || needed.length === 0) return [];
  const secret = current.secrets.find(({ state }) => state === 'current');
  if (secret === undefined || !needed.includes(secret.kind))
    return [
      {
        pointer: '/scheme/kind',
        detail: 'needs another kind of secret than the webhook has: create a new webhook',
      },
    ];
  const value = box.open(secret.sealed.envelope, webhookSecretBinding(current, secret));
  if (isLeft(value) || secret.kind === 'public_key') return [];
  const given = { secretKey: value.right, publicKey: undefined };
  return secretProblems(sourceService, scheme, given).map(({ detail }) => ({
    pointer: '/scheme',
    detail: `does not fit the current secret: ${detail}`,
  }));
};

const patchedInput = (current: WebhookConfig, patch: WebhookPatch): WebhookInput => {
  const kept = <K extends keyof WebhookPatch>(field: K, stored: Changeable[K]): Changeable[K] | undefined =>
    patch[field] === undefined ? stored : (patch[field] ?? undefined);
  const saysStatus = patch.status !== undefined || patch.isActive !== undefined;
  return {
    sourceService: current.sourceService,
    name: patch.name ?? current.name,
    sourceServiceId: kept('sourceServiceId', current.sourceServiceId),
    status: saysStatus ? (patch.status ?? undefined) : current.status,
    isActive: patch.isActive ?? undefined,
    eventTypes: kept('eventTypes', current.eventTypes) ?? [],
    ipMode: kept('ipMode', isFirstList(current, patch) ? undefined : current.ipMode),
    ipAllowlist: kept('ipAllowlist', current.ipAllowlist) ?? [],
    maxBodyBytes: kept('maxBodyBytes', current.maxBodyBytes),
    overflow: kept('overflow', current.overflow),
    publicUrl: kept('publicUrl', current.publicUrl),
    scheme: merged(patchableScheme(current, patch), patch.scheme),
    response: merged(current.response && responseJson(current.response), patch.response),
  };
};

/**
 * The mode is `off` only because there was no allowlist. With the first list it gets the mode it would have had from
 * the beginning.
 */
const isFirstList = ({ ipMode, ipAllowlist }: WebhookConfig, patch: WebhookPatch): boolean =>
  ipMode === 'off' && ipAllowlist.length === 0 && (patch.ipAllowlist ?? []).length > 0;

const merged = (stored: JsonObject | undefined, patch: WebhookPatch['scheme']): JsonObject | undefined => {
  if (patch === undefined) return stored;
  return patch === null ? undefined : mergePatch(stored, patch);
};

/** The fields of one kind of scheme mean nothing to another, so a change of kind starts from an empty scheme. */
const patchableScheme = ({ scheme }: WebhookConfig, patch: WebhookPatch): JsonObject | undefined => {
  const kind = patch.scheme?.['kind'];
  return scheme === undefined || (kind !== undefined && kind !== scheme.kind)
    ? undefined
    : schemeJson(scheme);
};
