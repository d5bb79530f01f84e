import { hash } from 'node:crypto';
import type { AuthenticityLevel } from '../proof/authenticity.ts';
import { bodyTexts } from './body-texts.ts';
import { contentValue, deliveryContent, type DeliveryContent } from './delivery-content.ts';
import { handshakeAnswer, type HandshakeAnswer } from './handshake.ts';
import { headerValue, type RawDelivery } from '../request/raw-delivery.ts';
import type { SignatureScheme, SourceService } from '../scheme/signature-scheme.ts';
import { templateParts } from '../scheme/signed-text.ts';
import { presetFacts, type FactsReader, type SourceFacts } from './source-facts.ts';
import { standardNames } from '../proof/verify-standard-webhook.ts';
import { signedFields } from '../proof/verify-twilio.ts';
import { isLeft } from '../../shared/fp.ts';

export type DedupeRule = {
  /**
   * Unique within a webhook: `id:…` as the sender numbers its events, `sha256:…`, or `sha256:… id:…` where the id alone
   * says too little.
   */
  readonly key: string;
  /** How long a repeat counts as one; undefined: as long as the ledger lasts. */
  readonly withinMs: number | undefined;
  /**
   * The id is not covered by the proof, so a captured body can come again under an invented one, or under none: the
   * same body within this time is flagged, never dropped.
   */
  readonly flagSameBodyWithinMs: number | undefined;
};

export type DeliveryFlag =
  /** It claims to be JSON or a form and is not. */
  | 'body-unreadable'
  /** The sender's id is missing, sent twice, longer than 255 bytes or no text: the hash is used. */
  | 'id-unusable';

export type DeliveryFacts = {
  readonly eventType: string | undefined;
  readonly action: string | undefined;
  readonly externalId: string | undefined;
  readonly dedupe: DedupeRule;
  /** Hex SHA-256 of the raw body. */
  readonly bodySha256: string;
  /** The same for all bodies that one signature proves. It differs from `bodySha256` for Twilio's forms alone. */
  readonly provenSha256: string;
  readonly content: DeliveryContent;
  readonly handshake: HandshakeAnswer | undefined;
  readonly flags: readonly DeliveryFlag[];
};

const LARGEST_ID_BYTES = 255;
/** Static tokens prove nothing about time: an equal body may be a new event after that. */
const TOKEN_REPEAT_MS = 10 * 60_000;
const SAME_BODY_MS = 24 * 3_600_000;
// oxlint-disable-next-line no-control-regex -- a control character in an id or type is what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What an authentic delivery is about. Never fails: what cannot be read is a flag. */
export const deliveryFacts = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  level: AuthenticityLevel,
  delivery: RawDelivery,
): DeliveryFacts => {
  const content = deliveryContent(source, delivery);
  const reader = readerOf(delivery, content);
  const facts = factsOf(source, scheme, delivery, reader);
  const id = usable(facts.id);
  const bodySha256 = hash('sha256', delivery.body, 'hex');
  const provenSha256 = provenHash(source, delivery) ?? bodySha256;
  const unreadable = content.kind === 'opaque' && content.reason === 'unreadable';
  return {
    eventType: usable(facts.eventType),
    action: usable(facts.action),
    externalId: usable('externalId' in facts ? facts.externalId : facts.id),
    dedupe: {
      ...(id === undefined
        ? hashRule(source, scheme, level, delivery, provenSha256)
        : { key: idKey(id, isTheirs(level, facts) ? undefined : provenSha256), withinMs: undefined }),
      flagSameBodyWithinMs: facts.idSigned || isBare(level, delivery) ? undefined : SAME_BODY_MS,
    },
    bodySha256,
    provenSha256,
    content,
    handshake: handshakeAnswer(source, scheme, reader),
    flags: [
      ...(unreadable ? (['body-unreadable'] as const) : []),
      ...(id === undefined && expectsId(source, scheme) ? (['id-unusable'] as const) : []),
    ],
  };
};

/** Without a signature no body means nothing: Google's push notifications have none, and all would be suspect. */
const isBare = (level: AuthenticityLevel, { body }: RawDelivery): boolean =>
  level !== 'signed' && body.length === 0;

const idKey = (id: string, withBody: string | undefined): string =>
  withBody === undefined ? `id:${id}` : `sha256:${withBody} id:${id}`;

/**
 * Whether the id can be trusted to mean one event only. Without a proof anybody may use an id before its owner does,
 * and ids are often numbers: by the id alone the true delivery would count as a repeat of the stranger's.
 */
const isTheirs = (level: AuthenticityLevel, { isIdShared = false }: SourceFacts): boolean =>
  !isIdShared && level !== 'none' && level !== 'address-only';

/** Of what is signed, where that is not the bytes of the body. */
const provenHash = (source: SourceService, delivery: RawDelivery): string | undefined => {
  const fields = source === 'twilio' ? signedFields(delivery) : undefined;
  return fields === undefined ? undefined : hash('sha256', fields, 'hex');
};

const expectsId = (source: SourceService, scheme: SignatureScheme | undefined): boolean =>
  source === 'custom'
    ? scheme?.idHeader !== undefined || scheme?.idPath !== undefined
    : source !== 'slack' && source !== 'discord';

/** Text that a row, a message and a log can hold; anything else is as good as none. */
const usable = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '' || text.length > LARGEST_ID_BYTES) return undefined;
  if (CONTROL.test(text) || !text.isWellFormed()) return undefined;
  return Buffer.byteLength(text) > LARGEST_ID_BYTES ? undefined : text;
};

const readerOf = (delivery: RawDelivery, content: DeliveryContent): FactsReader => ({
  header: (name) => headerValue(delivery, name),
  at: bodyTexts(content),
  body: contentValue(content),
});

const factsOf = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  delivery: RawDelivery,
  reader: FactsReader,
): SourceFacts => {
  if (source === 'custom') return customFacts(scheme, reader);
  const facts = presetFacts[source](reader);
  return source === 'svix' ? { ...facts, id: reader.header(standardNames(true, delivery).id) } : facts;
};

const customFacts = (scheme: SignatureScheme | undefined, { header, at }: FactsReader): SourceFacts => {
  const fromHeader = scheme?.idHeader === undefined ? undefined : header(scheme.idHeader);
  const fromBody = scheme?.idPath === undefined ? undefined : at(scheme.idPath);
  const type = scheme?.eventTypeHeader === undefined ? undefined : header(scheme.eventTypeHeader);
  return {
    eventType: type ?? (scheme?.eventTypePath === undefined ? undefined : at(scheme.eventTypePath)),
    id: fromHeader ?? fromBody,
    // Also where the header is missing: who replays a delivery may have left it out.
    idSigned: scheme?.idHeader === undefined || signsId(scheme),
  };
};

const signsId = (scheme: SignatureScheme): boolean => {
  if (scheme.kind !== 'hmac' && scheme.kind !== 'ed25519') return false;
  const parts = templateParts(scheme.template);
  return !isLeft(parts) && parts.right.some((part) => part.kind === 'variable' && part.name === 'id');
};

type HashRule = Pick<DedupeRule, 'key' | 'withinMs'>;

/**
 * The key of a delivery without an id. A custom sender's timestamp is hashed too: a new one is a new event. The
 * signature is not: it follows from both, and whoever replays a delivery can change a list of signatures.
 */
const hashRule = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  level: AuthenticityLevel,
  delivery: RawDelivery,
  provenSha256: string,
): HashRule => {
  if (level !== 'signed') return { key: `sha256:${provenSha256}`, withinMs: TOKEN_REPEAT_MS };
  if (source !== 'custom') return { key: `sha256:${provenSha256}`, withinMs: undefined };
  const header = scheme?.kind === 'hmac' || scheme?.kind === 'ed25519' ? scheme.timestamp?.header : undefined;
  const time = header === undefined ? '' : (headerValue(delivery, header) ?? '');
  return {
    key: `sha256:${hash('sha256', `${time}\n${provenSha256}`, 'hex')}`,
    withinMs: undefined,
  };
};
