import type {
  DeliveryRules,
  Ed25519Scheme,
  HmacScheme,
  SignatureScheme,
  SourceService,
  TokenScheme,
} from './signature-scheme.ts';

/** Sources whose verification can be described as data; the others have code of their own (`verify-….ts`). */
export type SchemedSource = Exclude<
  SourceService,
  'stripe' | 'twilio' | 'standard_webhooks' | 'gitlab_signing' | 'svix' | 'custom'
>;

/** The facts of presets are read by source-facts.ts. */
const noRules: DeliveryRules = {
  idHeader: undefined,
  idPath: undefined,
  eventTypeHeader: undefined,
  eventTypePath: undefined,
  rejectEmptyBody: false,
  handshake: undefined,
  response: undefined,
};

const hmacOverBody: HmacScheme = {
  ...noRules,
  kind: 'hmac',
  algorithm: 'sha256',
  signatureHeader: 'x-hub-signature-256',
  prefix: 'sha256=',
  listSeparator: undefined,
  encoding: 'hex',
  hexCase: 'lower',
  secretEncoding: 'utf8',
  secretPrefix: '',
  template: '{body}',
  timestamp: undefined,
};

/** The SHA-1 header `X-Hub-Signature`, which GitHub still sends, is not accepted as proof. */
const github: HmacScheme = { ...hmacOverBody, rejectEmptyBody: true };

/** The same name as GitHub's SHA-1 header, but with a SHA-256 signature; the preset decides, never the content. */
const bitbucket: HmacScheme = { ...hmacOverBody, signatureHeader: 'x-hub-signature' };

const shopify: HmacScheme = {
  ...hmacOverBody,
  signatureHeader: 'x-shopify-hmac-sha256',
  prefix: '',
  encoding: 'base64',
};

const slack: HmacScheme = {
  ...hmacOverBody,
  signatureHeader: 'x-slack-signature',
  prefix: 'v0=',
  template: 'v0:{timestamp}:{body}',
  timestamp: { header: 'x-slack-request-timestamp', unit: 's', toleranceSeconds: 300 },
};

/**
 * By Discord's definition there is no separator between timestamp and body; the time window keeps the timestamp at 10
 * digits.
 */
const discord: Ed25519Scheme = {
  ...noRules,
  kind: 'ed25519',
  signatureHeader: 'x-signature-ed25519',
  prefix: '',
  listSeparator: undefined,
  encoding: 'hex',
  hexCase: 'lower',
  template: '{timestamp}{body}',
  timestamp: { header: 'x-signature-timestamp', unit: 's', toleranceSeconds: 300 },
};

const telegram: TokenScheme = {
  ...noRules,
  kind: 'token',
  tokenHeader: 'x-telegram-bot-api-secret-token',
  prefix: '',
  rejectEmptyBody: true,
};

const gitlab: TokenScheme = { ...noRules, kind: 'token', tokenHeader: 'x-gitlab-token', prefix: '' };

export const presetSchemes: { readonly [S in SchemedSource]: SignatureScheme } = {
  github,
  bitbucket,
  shopify,
  slack,
  discord,
  telegram,
  gitlab,
};
