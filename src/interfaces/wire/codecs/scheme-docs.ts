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

const timestamp = object('The time that is signed; needed where `template` has `{timestamp}`.', {
  header: text('The header it stands in.'),
  unit: choice(timestampUnits, 'Seconds, milliseconds or RFC 3339; default: `s`.'),
  tolerance_seconds: {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: LONGEST_TOLERANCE,
    description: 'Seconds by which it may be past or ahead; default: 300.',
  },
});

const handshake = object('A first request that wants a value of its own back; it is not published.', {
  in: choice(
    handshakePlaces,
    'Where the three others look: `query` is that of a GET, as Meta asks, answered as text and not kept; default: `body`.',
  ),
  match_path: text('Where its body says that it is one; in a query one name, such as `/hub.verify_token`.'),
  match_value: text('What stands there then.'),
  respond_path: text('Where the value stands that is answered.'),
});

const responseFields: JsonSchema = {
  status: { type: ['integer', 'null'], minimum: 200, maximum: 299, description: 'Default: 200.' },
  content_type: text('Of `body`; default: `text/plain; charset=utf-8`.'),
  body: text(`At most ${LONGEST_BODY} characters; default: as the source usually gets it.`),
};

const signatureFields: JsonSchema = {
  signature_header: text('The header with the signature; required of `hmac` and `ed25519`.'),
  prefix: text('What stands in front of the signature or the token; default: nothing.'),
  list_separator: text(
    'Between several signatures in the header, at most 32, of `ed25519` 4; default: there is one.',
  ),
  encoding: choice(signatureEncodings, 'How the signature is written; default: `hex`.'),
  hex_case: choice(hexCases, 'Of `hex`; default: `lower`.'),
  template: text(
    'What is signed: `{body}` and, if it is, `{timestamp}`, `{id}`, `{method}`, `{url}`, with a text between any two but `{body}` and `{url}` or a `{timestamp}` of the unit `iso` or `ms`; default: `{body}`.',
  ),
  timestamp,
  algorithm: choice(hmacAlgorithms, 'Of `hmac`; default: `sha256`.'),
  secret_encoding: choice(secretEncodings, 'How the secret of `hmac` is written; default: `utf8`.'),
  secret_prefix: text('Cut off the secret of `hmac` before it is decoded; default: nothing.'),
};

/** For a custom source. Fields that do not belong to its `kind` are refused. */
export const schemeNotes: JsonSchema = {
  description: 'How a custom source proves itself; null for the others.',
  properties: {
    kind: choice(schemeKinds, 'What proves a delivery; `none`: nothing does. Required.'),
    ...signatureFields,
    token_header: text('The header with the secret itself; required of `token`.'),
    id_header: text('The header with the id by which repeats are known; of `none` together with the body.'),
    id_path: text('Where the body has it, such as `data.id` or `/data/id`.'),
    event_type_header: text('The header with the type of event.'),
    event_type_path: text('Where the body has it, such as `type`.'),
    reject_empty_body: {
      type: ['boolean', 'null'],
      description: 'Refuse a delivery without a body; default: false.',
    },
    handshake,
    response: object('As `response` of the webhook.', responseFields),
  },
  additionalProperties: false,
};

export const responseNotes = (description: string): JsonSchema => ({
  description,
  properties: responseFields,
  additionalProperties: false,
});
