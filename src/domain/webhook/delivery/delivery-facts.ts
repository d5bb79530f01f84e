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
   * Deduplication key, unique within a webhook: `id:…` with the sender's event id, `sha256:…` of the body, or
   * `sha256:… id:…` where the id alone does not identify an event.
   */
  readonly key: string;
  /** How long a repeat counts as one; undefined: as long as deliveries are remembered. */
  readonly withinMs: number | undefined;
  /**
   * Set when the signature does not cover the id, so a captured body could be sent again under an invented id or none.
   * The same body within this time (milliseconds) is flagged but never dropped.
   */
  readonly flagSameBodyWithinMs: number | undefined;
};

export type DeliveryFlag =
  /** Declared as JSON or a form, but not valid. */
  | 'body-unreadable'
  /** The sender's id is missing, repeated, longer than 255 bytes or not a text, so the body's hash is used instead. */
  | 'id-unusable';

export type DeliveryFacts = {
  readonly eventType: string | undefined;
  readonly action: string | undefined;
  readonly externalId: string | undefined;
  readonly dedupe: DedupeRule;
  /** Hex SHA-256 of the raw body. */
  readonly bodySha256: string;
  /** Equal for all bodies that one signature covers. It differs from `bodySha256` only for Twilio's forms. */
  readonly provenSha256: string;
  readonly content: DeliveryContent;
  readonly handshake: HandshakeAnswer | undefined;
  readonly flags: readonly DeliveryFlag[];
};

const LARGEST_ID_BYTES = 255;
/** A static token says nothing about time, so after this an equal body may be a new event. */
const TOKEN_REPEAT_MS = 10 * 60_000;
const SAME_BODY_MS = 24 * 3_600_000;
// oxlint-disable-next-line no-control-regex -- a control character in an id or type is what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Extracts what an authentic delivery is about. Never fails: unreadable parts become flags. */
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

/** Without a signature an empty body means nothing: Google's push notifications have none, and all would be suspect. */
const isBare = (level: AuthenticityLevel, { body }: RawDelivery): boolean =>
  level !== 'signed' && body.length === 0;

const idKey = (id: string, withBody: string | undefined): string =>
  withBody === undefined ? `id:${id}` : `sha256:${withBody} id:${id}`;

/**
 * Whether the id identifies one event. Without a proof of the sender anybody may use an id first, and ids are often
 * sequential: by the id alone, the genuine delivery would then count as a repeat of the forged one.
 */
const isTheirs = (level: AuthenticityLevel, { isIdShared = false }: SourceFacts): boolean =>
  !isIdShared && level !== 'none' && level !== 'address-only';

/** Hash of what is signed, where that is not the bytes of the body. */
const provenHash = (source: SourceService, delivery: RawDelivery): string | undefined => {
  const fields = source === 'twilio' ? signedFields(delivery) : undefined;
  return fields === undefined ? undefined : hash('sha256', fields, 'hex');
};

const expectsId = (source: SourceService, scheme: SignatureScheme | undefined): boolean =>
  source === 'custom'
    ? scheme?.idHeader !== undefined || scheme?.idPath !== undefined
    : source !== 'slack' && source !== 'discord';

/** The text, if rows, messages and logs can hold it; otherwise it is treated as missing. */
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
    // True also when the header is missing, because an attacker who replays a delivery may have left it out.
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
 * The key of a delivery without an id. For custom senders the timestamp is included, since a new one means a new event.
 * The signature is not: it follows from both, and an attacker can rearrange a list of signatures.
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
