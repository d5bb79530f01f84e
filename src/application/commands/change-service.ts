import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { serviceDraftProblems, type ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import { mergePatch } from '../../domain/shared/merge-patch.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import { invalidInput, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { changesNothing, toldOfStored } from '../patches.ts';
import type { Transaction, UnitOfWork } from '../unit-of-work.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';
import { movedSecretProblems } from './moved-secrets.ts';
import type { NameTaken } from './register-service.ts';
import { outboundUrlProblems } from './outbound-urls.ts';
import { sealed } from './seal-service-secrets.ts';
import { serviceProblems } from './service-problems.ts';

/** JSON merge patch, in `config` too: a missing field stays, `null` clears it (where clearing makes sense). */
export type ServicePatch = {
  readonly [K in keyof Omit<ServiceFields, 'limits' | 'costPerCall'>]?: ServiceFields[K] | null;
} & {
  readonly limits?: { readonly [W in keyof ServiceFields['limits']]?: number | null };
  /** One half of a price may be changed alone. */
  readonly costPerCall?: Partial<ServiceFields['costPerCall']> | null;
};

export type ChangeService = {
  readonly id: string;
  readonly expectedVersion: ExpectedVersion;
  readonly patch: ServicePatch;
  /** Found before: with any, nothing is changed, and what else is wrong is told with them. */
  readonly wrong?: readonly InputProblem[];
};
export type ChangeServiceFailure = InvalidInput | NotFound | NameTaken | VersionChanged;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly secretBox: SecretBox;
  readonly outboundPolicy: OutboundPolicy;
  readonly clock: Clock;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
};

/** Changes a service as one step: all of the patch, or nothing when the version is no longer the expected one. */
export const changeService = (
  deps: Deps,
): TransactionalHandler<ChangeService, ExternalService, ChangeServiceFailure> => {
  const { unitOfWork, outboundPolicy, clock, secretBox } = deps;
  return async (ctx, { id, expectedVersion, patch, wrong = [] }, once) => {
    const urlProblems = await outboundUrlProblems(outboundPolicy, patch);
    const outcome = await onceInTransaction<ChangeServiceFailure, ExternalService>(
      unitOfWork,
      ctx,
      once,
      async (tx) => {
        // Locked until the end: what is found now is what is changed.
        const stored = await tx.services.all();
        const current = stored.find((service) => service.id === id);
        if (current === undefined) return left(notFound('service'));
        if (!isExpected(current, expectedVersion)) return left(versionChanged(current.version));
        const fields = patchedFields(current, patch);
        const found = [
          ...toldOfStored(serviceDraftProblems(fields), patch),
          ...urlProblems,
          ...movedSecretProblems(current, fields, patch),
        ];
        const problems = serviceProblems({ id, fields, wrong, found }, stored);
        if (problems.length > 0) return left(invalidInput(...problems));
        const next = patched(current, fields, patch, secretBox, clock.now());
        return changesNothing(current, next) ? right(current) : saved(tx, next, current.version);
      },
    );
    deps.servicesChanged(ctx.tenantId);
    return outcome;
  };
};

const saved = async (tx: Transaction, next: ExternalService, expectedVersion: number) => {
  const result = await tx.services.update(next, expectedVersion);
  if (result === 'name-taken') return left({ kind: 'name-taken' as const, serviceName: next.serviceName });
  if (result === 'version-changed') return left(versionChanged(next.version));
  return right(next);
};

const kept = <T>(change: T | null | undefined, current: T | undefined): T | undefined =>
  change === undefined ? current : (change ?? undefined);

/** The fields as they would be after the patch; of the secrets only new ones, to be checked and sealed. */
const patchedFields = (current: ExternalService, patch: ServicePatch): ServiceFields => ({
  serviceName: patch.serviceName ?? current.serviceName,
  serviceType: patch.serviceType ?? current.serviceType,
  provider: patch.provider ?? current.provider,
  displayName: patch.displayName ?? current.displayName,
  baseUrl: kept(patch.baseUrl, current.baseUrl),
  apiKey: patch.apiKey ?? undefined,
  credentials: patch.credentials ?? undefined,
  config: patch.config === null ? {} : mergePatch(current.config, patch.config ?? {}),
  isActive: patch.isActive ?? current.isActive,
  limits: patchedLimits(current.limits, patch.limits ?? {}),
  priority: patch.priority ?? current.priority,
  fallbackServiceId: kept(patch.fallbackServiceId, current.fallbackServiceId),
  costPerCall: { ...current.costPerCall, ...patch.costPerCall },
});

const patchedLimits = (
  current: ServiceFields['limits'],
  change: NonNullable<ServicePatch['limits']>,
): ServiceFields['limits'] =>
  Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, limit]) => typeof limit === 'number'),
  );

const patched = (
  current: ExternalService,
  { apiKey, credentials, ...plain }: ServiceFields,
  patch: ServicePatch,
  box: SecretBox,
  now: number,
): ExternalService => {
  const fresh = sealed(box, current, { apiKey, credentials });
  return {
    ...current,
    ...plain,
    apiKey: patch.apiKey === null ? undefined : (fresh.apiKey ?? current.apiKey),
    credentials: patch.credentials === null ? undefined : (fresh.credentials ?? current.credentials),
    version: current.version + 1,
    updatedAt: now,
  };
};
