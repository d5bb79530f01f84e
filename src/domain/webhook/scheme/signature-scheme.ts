/** The sender: a preset, or `custom` with a scheme of its own. */
export const sourceServices = [
  'github',
  'stripe',
  'telegram',
  'standard_webhooks',
  'svix',
  'slack',
  'gitlab',
  'gitlab_signing',
  'shopify',
  'bitbucket',
  'twilio',
  'discord',
  'custom',
] as const;
export type SourceService = (typeof sourceServices)[number];

export const schemeKinds = ['hmac', 'token', 'basic', 'bearer', 'ed25519', 'none'] as const;
export type SchemeKind = (typeof schemeKinds)[number];

export const hmacAlgorithms = ['sha256', 'sha512', 'sha1'] as const;
export type HmacAlgorithm = (typeof hmacAlgorithms)[number];

export const signatureEncodings = ['hex', 'base64', 'base64url'] as const;
export type SignatureEncoding = (typeof signatureEncodings)[number];

export const hexCases = ['lower', 'any'] as const;
export type HexCase = (typeof hexCases)[number];

export const secretEncodings = ['utf8', 'hex', 'base64'] as const;
export type SecretEncoding = (typeof secretEncodings)[number];

export const timestampUnits = ['s', 'ms', 'iso'] as const;
export type TimestampUnit = (typeof timestampUnits)[number];

export type SignedTimestampRule = {
  readonly header: string;
  readonly unit: TimestampUnit;
  /** Applies in both directions, past and future. */
  readonly toleranceSeconds: number;
};

export const handshakePlaces = ['body', 'query'] as const;

/** When `matchPath` contains `matchValue`, the response is the value at `respondPath`, and nothing is published. */
export type HandshakeRule = {
  /** `query`: the query of a GET request (as Meta does), whose names have no levels. Absent: the body of a delivery. */
  readonly in?: 'query';
  readonly matchPath: string;
  readonly matchValue: string;
  readonly respondPath: string;
};

/** The response to an accepted delivery. Undefined fields use the defaults. */
export type ResponseRule = {
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
};

/**
 * Common to all kinds: where the facts of a delivery are, and how it is answered. Names of headers are in lower case.
 */
export type DeliveryRules = {
  readonly idHeader: string | undefined;
  /** A path into the body, see body-path.ts. */
  readonly idPath: string | undefined;
  readonly eventTypeHeader: string | undefined;
  readonly eventTypePath: string | undefined;
  readonly rejectEmptyBody: boolean;
  readonly handshake: HandshakeRule | undefined;
  readonly response: ResponseRule | undefined;
};

/** How a signature is encoded in its header, and what it covers. */
export type SignatureRules = {
  readonly signatureHeader: string;
  /** Text before the signature; list entries without it are ignored. Empty: no prefix. */
  readonly prefix: string;
  /** Undefined: the header contains a single signature. */
  readonly listSeparator: string | undefined;
  readonly encoding: SignatureEncoding;
  readonly hexCase: HexCase;
  /** The signed text, with the placeholders {body} {timestamp} {id} {method} {url}. */
  readonly template: string;
  readonly timestamp: SignedTimestampRule | undefined;
};

export type HmacScheme = DeliveryRules &
  SignatureRules & {
    readonly kind: 'hmac';
    readonly algorithm: HmacAlgorithm;
    readonly secretEncoding: SecretEncoding;
    /** Removed from the secret before it is decoded. */
    readonly secretPrefix: string;
  };

/** The public key has 32 bytes, in hex or base64, with or without `whpk_`. */
export type Ed25519Scheme = DeliveryRules & SignatureRules & { readonly kind: 'ed25519' };

/** The secret itself is sent in a header, after `prefix`. */
export type TokenScheme = DeliveryRules & {
  readonly kind: 'token';
  readonly tokenHeader: string;
  readonly prefix: string;
};

/** `Authorization: Basic`; the secret is `user:password`. */
export type BasicScheme = DeliveryRules & { readonly kind: 'basic' };

/** `Authorization: Bearer`. */
export type BearerScheme = DeliveryRules & { readonly kind: 'bearer' };

/** No authentication: an explicit choice, shown as unauthenticated everywhere. */
export type NoScheme = DeliveryRules & { readonly kind: 'none' };

export type SignatureScheme =
  HmacScheme | Ed25519Scheme | TokenScheme | BasicScheme | BearerScheme | NoScheme;
