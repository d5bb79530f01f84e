import type { FieldProblem } from '../shared/field-problem.ts';
import { isLeft } from '../shared/fp.ts';
import type { JsonObject } from '../shared/json.ts';
import type { AddressNotation } from './sender/ip-address.ts';
import { allowlistEntry, allowlistProblem } from './ip-allowlist.ts';
import { objectReader } from './scheme/object-reader.ts';
import { responseRule } from './scheme/response-rules.ts';
import { schemeFrom } from './scheme/scheme-rules.ts';
import type { SignatureScheme, SourceService } from './scheme/signature-scheme.ts';
import type { IpMode, OverflowPolicy, WebhookConfig, WebhookStatus } from './webhook-config.ts';

/** The fields of a webhook as an administrator gives them. Absent ones get their defaults. */
export type WebhookInput = {
  readonly name: string;
  readonly sourceService: SourceService;
  readonly sourceServiceId: string | undefined;
  readonly status: WebhookStatus | undefined;
  /** Shorthand for the status `active` or `disabled`. */
  readonly isActive: boolean | undefined;
  readonly eventTypes: readonly string[];
  readonly ipMode: IpMode | undefined;
  readonly ipAllowlist: readonly string[];
  readonly maxBodyBytes: number | undefined;
  readonly overflow: OverflowPolicy | undefined;
  readonly publicUrl: string | undefined;
  /** JSON in snake_case, see scheme-rules.ts and response-rules.ts. */
  readonly scheme: JsonObject | undefined;
  readonly response: JsonObject | undefined;
};

export type WebhookFields = Pick<
  WebhookConfig,
  | 'name'
  | 'sourceService'
  | 'sourceServiceId'
  | 'status'
  | 'scheme'
  | 'eventTypes'
  | 'ipMode'
  | 'ipAllowlist'
  | 'maxBodyBytes'
  | 'overflow'
  | 'publicUrl'
  | 'response'
>;

export const MOST_BODY_BYTES = 32 * 1024 * 1024;
const USUAL_BODY_BYTES = 1024 * 1024;
/** The largest payload that GitHub sends. */
const GITHUB_BODY_BYTES = 25 * 1024 * 1024;
const LONGEST_URL = 2_048;

const usualBodyBytes = (source: SourceService): number =>
  source === 'github' ? GITHUB_BODY_BYTES : USUAL_BODY_BYTES;

/** GitHub does not redeliver by itself, so a refused delivery would be lost. */
const usualOverflow = (source: SourceService): OverflowPolicy => (source === 'github' ? 'spool' : 'reject');

type Problems = FieldProblem[];

/** The fields with their defaults, and all problems with them. */
export const webhookFields = (
  notation: AddressNotation,
  input: WebhookInput,
): { readonly fields: WebhookFields; readonly problems: readonly FieldProblem[] } => {
  const problems: Problems = [];
  const { name, sourceService, sourceServiceId, eventTypes } = input;
  const publicUrl = publicUrlOf(input, problems);
  const ipAllowlist = allowlistOf(notation, input.ipAllowlist, problems);
  const ipMode = input.ipMode ?? (input.ipAllowlist.length > 0 ? 'enforce' : 'off');
  if (ipMode === 'enforce' && input.ipAllowlist.length === 0)
    problems.push({ pointer: '/ip_allowlist', detail: 'enforced and empty it would refuse every sender' });
  const fields: WebhookFields = {
    name,
    sourceService,
    sourceServiceId,
    eventTypes: [...new Set(eventTypes)],
    publicUrl,
    ipMode,
    ipAllowlist,
    status: statusOf(input, problems),
    scheme: schemeOf(input, problems),
    maxBodyBytes: input.maxBodyBytes ?? usualBodyBytes(sourceService),
    overflow: input.overflow ?? usualOverflow(sourceService),
    response: responseRule(objectReader({ response: input.response }, '', problems)),
  };
  return { fields, problems };
};

const statusOf = ({ status, isActive }: WebhookInput, problems: Problems): WebhookStatus => {
  if (status === undefined) return isActive === false ? 'disabled' : 'active';
  if (isActive !== undefined && isActive !== (status === 'active'))
    problems.push({ pointer: '/is_active', detail: `contradicts the status ${status}` });
  return status;
};

const schemeOf = (
  { sourceService, scheme, publicUrl }: WebhookInput,
  problems: Problems,
): SignatureScheme | undefined => {
  if (sourceService !== 'custom') {
    if (scheme !== undefined) problems.push({ pointer: '/scheme', detail: 'only for the source custom' });
    return undefined;
  }
  if (scheme === undefined) {
    problems.push({ pointer: '/scheme', detail: 'required for the source custom: how it proves itself' });
    return undefined;
  }
  const read = schemeFrom(scheme, { publicUrl });
  if (!isLeft(read)) return read.right;
  problems.push(...read.left);
  return undefined;
};

const publicUrlOf = ({ publicUrl, sourceService }: WebhookInput, problems: Problems): string | undefined => {
  const add = (detail: string): number => problems.push({ pointer: '/public_url', detail });
  if (publicUrl === undefined) {
    if (sourceService === 'twilio')
      add('required: Twilio signs the URL that it calls; {token} in it stands for the token');
  } else if (!isSignableUrl(publicUrl))
    add('an http or https URL as the sender calls it, without user, password and fragment');
  return publicUrl;
};

/**
 * A URL parser would also accept `https:///host` and `host\in`, which no sender calls, and would drop the empty user of
 * `https://@host`.
 */
const URL_FORM = /^https?:\/\/[!-.0->A-[\]-~]+(?:\/[!->@-[\]-~]*)?(?:\?[!-~]*)?$/i;

/** The URL is signed as it is written, so only forms that a parser does not normalise are accepted. */
const isSignableUrl = (text: string): boolean =>
  text.length <= LONGEST_URL && URL_FORM.test(text) && !text.includes('#') && URL.canParse(text);

const allowlistOf = (
  notation: AddressNotation,
  entries: readonly string[],
  problems: Problems,
): readonly string[] => {
  const canonical = entries.flatMap((text, index) => {
    const entry = allowlistEntry(notation, text);
    if (!isLeft(entry)) return [entry.right];
    problems.push({ pointer: `/ip_allowlist/${index}`, detail: entry.left });
    return [];
  });
  const allowlist = [...new Set(canonical)];
  const detail = allowlistProblem(notation, allowlist);
  if (detail !== undefined) problems.push({ pointer: '/ip_allowlist', detail });
  return allowlist;
};
