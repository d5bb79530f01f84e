import { MOST_RETURNS } from '../../application/command-queue.ts';
import type { CommandIdentity, CommandLease, CommandReceipts } from '../../application/command-receipts.ts';
import { renewing, type RenewingDeps } from '../../application/renewing.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { Failure } from '../wire/failure.ts';
import { toldOfFailure, toldOfRefusal, toldOfReply, type Told } from './command-answers.ts';
import type { Conclusion } from './command-conclusion.ts';
import type { CommandWork } from './command-route.ts';
import { commandVerdicts, problemKindOf } from './command-verdict.ts';

export type CarryOutDeps = RenewingDeps & {
  readonly receipts: CommandReceipts;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Tells a lost database from a bug. */
  readonly isDependencyLost: (error: unknown) => boolean;
};

/**
 * Carries out a command: never twice at a time, and never again once it is finished. The receipt with its answer is
 * committed before this resolves. Rejects for bugs and lost dependencies.
 */
export const carryOut = async (
  deps: CarryOutDeps,
  ctx: TenantContext,
  identity: CommandIdentity,
  work: CommandWork,
): Promise<Conclusion> => {
  const claim = await deps.receipts.claim(ctx.tenantId, identity);
  switch (claim.kind) {
    case 'claimed':
      if (claim.lost >= MOST_RETURNS) return givenUp(deps, ctx, claim.lease);
      return underLease(deps, ctx, claim.lease, () => work(ctx, identity.messageId));
    case 'finished':
      return {
        kind: 'repeated',
        answer: claim.answer ?? toldOfRefusal('answer-not-kept', ctx.correlationId).answer,
      };
    case 'withheld':
      return askedAgain(deps, ctx, () => work(ctx, identity.messageId));
    case 'running':
      return { kind: 'running' };
    case 'mismatch':
      return { kind: 'refused', told: toldOfRefusal('idempotency-mismatch', ctx.correlationId) };
  }
};

/**
 * Gives up a command whose consumers crashed while they were carrying it out. Returns of the message are not counted
 * here: a command that merely waited beside a bad one is returned as often, with everything else that the crashed
 * consumer had prefetched.
 */
const givenUp = async (
  { receipts }: CarryOutDeps,
  { correlationId }: TenantContext,
  lease: CommandLease,
): Promise<Conclusion> => {
  // Somebody may move the dead letter back, and then it gets all its attempts again.
  await receipts.release(lease);
  return { kind: 'given-up', told: toldOfRefusal('poisoned', correlationId) };
};

const underLease = async (
  deps: CarryOutDeps,
  { correlationId }: TenantContext,
  lease: CommandLease,
  work: () => ReturnType<CommandWork>,
): Promise<Conclusion> => {
  try {
    const renew = () => deps.receipts.renew(lease);
    const done = await renewing(deps, renew, work);
    const conclusion: Conclusion = isLeft(done)
      ? conclusionOn(done.left, correlationId, deps.clock.now())
      : { kind: 'answered', told: toldOfReply(done.right, correlationId) };
    if (conclusion.kind === 'failed') await deps.receipts.release(lease);
    else if (!(await finished(deps, lease, conclusion))) return { kind: 'running' };
    return conclusion;
  } catch (error) {
    // Best effort: if this fails too, the lease expires by itself.
    await deps.receipts.release(lease).catch(() => undefined);
    throw error;
  }
};

/**
 * Repeats a read whose answer may not be kept. It changes nothing and mostly comes from the cache, so it needs no
 * lease, as over HTTP.
 */
const askedAgain = async (
  { clock }: CarryOutDeps,
  { correlationId }: TenantContext,
  work: () => ReturnType<CommandWork>,
): Promise<Conclusion> => {
  const done = await work();
  return isLeft(done)
    ? conclusionOn(done.left, correlationId, clock.now())
    : { kind: 'repeated', answer: toldOfReply(done.right, correlationId).answer };
};

type Final = Extract<Conclusion, { readonly told: Told }>;

const conclusionOn = (failure: Failure, requestId: string, now: number): Final => ({
  kind: commandVerdicts[problemKindOf(failure)] === 'retry' ? 'failed' : 'refused',
  told: toldOfFailure(failure, requestId, now),
});

const FINISH_AGAIN_MS = 250;

/**
 * False when the lease was lost meanwhile: its new holder will answer. A database that is away for a moment is waited
 * for, well within the lease, since without the receipt the work would be done again.
 */
const finished = async (deps: CarryOutDeps, lease: CommandLease, { told }: Final): Promise<boolean> => {
  const { receipts, clock, sleep, renewEveryMs, isDependencyLost } = deps;
  const until = clock.monotonic() + renewEveryMs;
  for (;;) {
    try {
      return await receipts.finish(lease, told.isWithheld === true ? 'withheld' : told.answer);
    } catch (error) {
      if (!isDependencyLost(error) || clock.monotonic() >= until) throw error;
      await sleep(FINISH_AGAIN_MS);
    }
  }
};
