import type { OutboundPolicy } from '../domain/provider/outbound-policy.ts';
import type { Sleep } from '../domain/shared/clock.ts';
import { right } from '../domain/shared/fp.ts';
import type { AddressNotation } from '../domain/webhook/sender/ip-address.ts';
import { webhookFields, type WebhookInput } from '../domain/webhook/webhook-fields.ts';
import type { ChangeService } from './commands/change-service.ts';
import type { ChangeWebhook, WebhookPatch } from './commands/change-webhook.ts';
import { outboundUrlProblems } from './commands/outbound-urls.ts';
import { addressesPut } from './commands/service-patch.ts';
import { together, type InputProblem } from './input-problem.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';

/**
 * All problems of a patch that can be told from the patch alone, for when the resource that it changes cannot be read.
 * None does not mean that the patch is valid.
 */
export type WrongByItself<Patch> = (ctx: TenantContext, patch: Patch) => Promise<readonly InputProblem[]>;

/** What else a service must keep to is in the codec of its fields, or depends on its provider. */
export const wrongInServicePatch =
  (deps: {
    readonly outboundPolicy: OutboundPolicy;
    readonly sleep: Sleep;
  }): WrongByItself<Pick<ChangeService, 'patch' | 'wrong'>> =>
  async (_ctx, { patch, wrong = [] }) =>
    together(wrong, await outboundUrlProblems(inAMoment(deps), addressesPut(patch)));

/**
 * The caller has waited for the database already, and must hear its 503 within a second of its request. Resolving a
 * name may take two.
 */
const MOMENT_MS = 100;

/** Accepts an address that is not judged within a moment; it is judged again when the patch comes again. */
const inAMoment = (deps: {
  readonly outboundPolicy: OutboundPolicy;
  readonly sleep: Sleep;
}): OutboundPolicy => ({
  check: async (url) => {
    const judged = new AbortController();
    const late = deps.sleep(MOMENT_MS, judged.signal).then(() => right(undefined));
    return Promise.race([deps.outboundPolicy.check(url), late]).finally(() => judged.abort());
  },
});

/** The rules for these fields look at nothing else that is stored; those for `scheme` and `response` do. */
const JUDGED_ALONE = {
  ip_allowlist: 'ipAllowlist',
  public_url: 'publicUrl',
  is_active: 'isActive',
} as const satisfies { readonly [field: string]: keyof WebhookPatch };

export const wrongInWebhookPatch =
  (deps: { readonly notation: AddressNotation }): WrongByItself<Pick<ChangeWebhook, 'patch' | 'wrong'>> =>
  async (_ctx, { patch, wrong = [] }) => {
    const { problems } = webhookFields(deps.notation, asIfNew(patch));
    const told = Object.entries(JUDGED_ALONE).flatMap(([field, name]) =>
      patch[name] === undefined ? [] : [`/${field}`],
    );
    return together(
      wrong,
      problems.filter(({ pointer }) => told.some((field) => `${pointer}/`.startsWith(`${field}/`))),
    );
  };

/** Of a sender without rules of its own, with nothing stored. */
const asIfNew = ({ name, status, isActive, ipMode, ipAllowlist, publicUrl }: WebhookPatch): WebhookInput => ({
  sourceService: 'github',
  name: name ?? '',
  sourceServiceId: undefined,
  status: status ?? undefined,
  isActive: isActive ?? undefined,
  eventTypes: [],
  ipMode: ipMode ?? undefined,
  ipAllowlist: ipAllowlist ?? [],
  maxBodyBytes: undefined,
  overflow: undefined,
  publicUrl: publicUrl ?? undefined,
  scheme: undefined,
  response: undefined,
});
