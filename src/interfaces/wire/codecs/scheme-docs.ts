import { LONGEST_BODY } from '../../../domain/webhook/scheme/response-rules.ts';
import { LONGEST_TOLERANCE } from '../../../domain/webhook/scheme/scheme-rules.ts';
import {
  handshakePlaces,
  hexCases,
  hmacAlgorithms,
  schemeKinds,
  secretEncodings,
  signatureEncodings,
  timestampUnits,
} from '../../../domain/webhook/scheme/signature-scheme.ts';
import type { JsonSchema } from './codec.ts';

/** Only described here: schemes and answers are checked by rules of the domain. */
const text = (description: string): JsonSchema => ({ type: ['string', 'null'], description });
const choice = (values: readonly string[], description: string): JsonSchema => ({
  type: ['string', 'null'],
  enum: [...values, null],
  description,
});
const object = (description: string, properties: JsonSchema): JsonSchema => ({
  type: ['object', 'null'],
  description,
  properties,
  additionalProperties: false,
});

const timestamp = object('The signed timestamp; required if `template` contains `{timestamp}`.', {
  header: text('The header with the timestamp.'),
  unit: choice(timestampUnits, 'Seconds, milliseconds or RFC 3339; default: `s`.'),
  tolerance_seconds: {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: LONGEST_TOLERANCE,
    description: 'Seconds that the timestamp may be in the past or the future; default: 300.',
  },
});

const handshake = object(
  'An initial verification request that expects one of its own values back; it is not published.',
  {
    in: choice(
      handshakePlaces,
      'Where the other three fields look: `query` is the query of a GET, as sent by Meta, answered as text and not stored; default: `body`.',
    ),
    match_path: text(
      'Where the body shows that it is a handshake; in a query a single name, such as `/hub.verify_token`.',
    ),
    match_value: text('The value that is found there.'),
    respond_path: text('Where the value to be returned is found.'),
  },
);

const responseFields: JsonSchema = {
  status: { type: ['integer', 'null'], minimum: 200, maximum: 299, description: 'Default: 200.' },
  content_type: text('Content type of `body`; default: `text/plain; charset=utf-8`.'),
  body: text(`At most ${LONGEST_BODY} characters; default: the usual answer for the source.`),
};

const signatureFields: JsonSchema = {
  signature_header: text('The header with the signature; required of `hmac` and `ed25519`.'),
  prefix: text('Text in front of the signature or the token; default: none.'),
  list_separator: text(
    'Separator of several signatures in the header, at most 32, for `ed25519` 4; default: there is one signature.',
  ),
  encoding: choice(signatureEncodings, 'Encoding of the signature; default: `hex`.'),
  hex_case: choice(hexCases, 'Letter case of `hex`; default: `lower`.'),
  template: text(
    'What is signed: `{body}` and, optionally, `{timestamp}`, `{id}`, `{method}`, `{url}`. A separator is required between any two of them, except between `{body}` and `{url}` and between `{body}` and a `{timestamp}` of the unit `iso` or `ms`; default: `{body}`.',
  ),
  timestamp,
  algorithm: choice(hmacAlgorithms, 'Hash algorithm of `hmac`; default: `sha256`.'),
  secret_encoding: choice(secretEncodings, 'Encoding of the `hmac` secret; default: `utf8`.'),
  secret_prefix: text('Prefix that is removed from the `hmac` secret before it is decoded; default: none.'),
};

/** For a custom source. Fields that do not belong to its `kind` are refused. */
export const schemeNotes: JsonSchema = {
  description: 'How a custom source authenticates; null for other sources.',
  properties: {
    kind: choice(schemeKinds, 'How a delivery is authenticated; `none`: not at all. Required.'),
    ...signatureFields,
    token_header: text('The header with the secret itself; required of `token`.'),
    id_header: text(
      'The header with the id by which repeats are recognised; for `none`, together with the body.',
    ),
    id_path: text('Where the body contains that id, such as `data.id` or `/data/id`.'),
    event_type_header: text('The header with the event type.'),
    event_type_path: text('Where the body contains the event type, such as `type`.'),
    reject_empty_body: {
      type: ['boolean', 'null'],
      description: 'Refuse a delivery without a body; default: false.',
    },
    handshake,
    response: object('The same as `response` of the webhook.', responseFields),
  },
  additionalProperties: false,
};

export const responseNotes = (description: string): JsonSchema => ({
  description,
  properties: responseFields,
  additionalProperties: false,
});
