import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { serviceDraftProblems } from '../../domain/external-service/service-fields.ts';
import type { OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
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
import { addressesPut, patchedFields, patchedService, type ServicePatch } from './service-patch.ts';
import { serviceProblems } from './service-problems.ts';

export type ChangeService = {
  readonly id: string;
  readonly expectedVersion: ExpectedVersion;
  readonly patch: ServicePatch;
  /**
   * Problems found while decoding. If there are any, nothing is changed, and all further problems are reported with
   * them.
   */
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

/** Applies a patch to a service atomically, unless its version differs from the expected one. */
export const changeService =
  (deps: Deps): TransactionalHandler<ChangeService, ExternalService, ChangeServiceFailure> =>
  async (ctx, change, once) => {
    const urlProblems = await outboundUrlProblems(deps.outboundPolicy, addressesPut(change.patch));
    const outcome = await onceInTransaction<ChangeServiceFailure, ExternalService>(
      deps.unitOfWork,
      ctx,
      once,
      (tx) => changedIn(tx, deps, change, urlProblems),
    );
    deps.servicesChanged(ctx.tenantId);
    return outcome;
  };

const changedIn = async (
  tx: Transaction,
  { secretBox, clock }: Deps,
  { id, expectedVersion, patch, wrong = [] }: ChangeService,
  urlProblems: readonly InputProblem[],
): AsyncResult<ChangeServiceFailure, ExternalService> => {
  // Row locks are held until the end of the transaction, so what is read here is what is changed.
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
  const next = patchedService(current, fields, patch, secretBox, clock.now());
  return changesNothing(current, next) ? right(current) : saved(tx, next, current.version);
};

const saved = async (tx: Transaction, next: ExternalService, expectedVersion: number) => {
  const result = await tx.services.update(next, expectedVersion);
  if (result === 'name-taken') return left({ kind: 'name-taken' as const, serviceName: next.serviceName });
  if (result === 'version-changed') return left(versionChanged(next.version));
  return right(next);
};
