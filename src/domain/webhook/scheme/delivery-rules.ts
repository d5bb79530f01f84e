import { pathSteps } from './body-path.ts';
import { optionalHeader } from './header-rules.ts';
import type { ObjectReader } from './object-reader.ts';
import { responseRule } from './response-rules.ts';
import { handshakePlaces, type DeliveryRules, type HandshakeRule } from './signature-scheme.ts';

/** Headers of a scheme that must not be used for facts. */
type Taken = {
  /** Contains a secret or a signature: facts are displayed, stored and published. */
  readonly proof?: string;
  readonly time?: string | undefined;
};

/** These headers may contain the token of the address. */
const ADDRESS_HEADERS = ['authorization', 'x-webhook-token'];
const LONGEST_PATH = 256;
const LONGEST_MATCH = 256;

/** Where to find the facts of a delivery and how to answer it; common to all kinds of scheme. */
export const deliveryRules = (reader: ObjectReader, { proof, time }: Taken): DeliveryRules => {
  const factHeader = (name: string): string | undefined => {
    const header = optionalHeader(reader, name);
    if (header === undefined) return undefined;
    if (header === proof || ADDRESS_HEADERS.includes(header))
      reader.problem(name, 'must not be a header that holds a proof or a token');
    else if (header === time) reader.problem(name, 'the same header as that of timestamp');
    return header;
  };
  const idHeader = factHeader('id_header');
  const idPath = pathField(reader, 'id_path');
  const eventTypeHeader = factHeader('event_type_header');
  const eventTypePath = pathField(reader, 'event_type_path');
  if (idHeader !== undefined && idHeader === eventTypeHeader)
    reader.problem('event_type_header', sameAs('id_header'));
  if (idPath !== undefined && isSamePath(idPath, eventTypePath))
    reader.problem('event_type_path', sameAs('id_path'));
  return {
    idHeader,
    idPath,
    eventTypeHeader,
    eventTypePath,
    rejectEmptyBody: reader.flag('reject_empty_body') ?? false,
    handshake: handshakeRule(reader),
    response: responseRule(reader),
  };
};

const sameAs = (field: string): string =>
  `the same as ${field}: all deliveries of one type would count as one delivery`;

/** Compares paths regardless of notation. */
const isSamePath = (path: string, other: string | undefined): boolean => {
  const [steps, others] = [pathSteps(path), other === undefined ? undefined : pathSteps(other)];
  return steps !== undefined && JSON.stringify(steps) === JSON.stringify(others);
};

const pathField = (reader: ObjectReader, name: string): string | undefined => {
  const path = reader.text(name, LONGEST_PATH);
  if (path !== undefined && pathSteps(path) === undefined)
    reader.problem(name, 'a path such as data.0.id or /data/0/id, at most 16 steps');
  return path;
};

const handshakeRule = (reader: ObjectReader): HandshakeRule | undefined => {
  const fields = reader.object('handshake');
  if (fields === undefined) return undefined;
  for (const name of ['match_path', 'match_value', 'respond_path'])
    if (!fields.has(name)) fields.problem(name, 'required');
  const isInQuery = fields.choice('in', handshakePlaces) === 'query';
  const path = isInQuery ? parameterField : pathField;
  const matchPath = path(fields, 'match_path') ?? '';
  const respondPath = path(fields, 'respond_path') ?? '';
  const matchValue = fields.text('match_value', LONGEST_MATCH);
  if (isInQuery && matchValue === '')
    fields.problem('match_value', 'at least one character: with none, any sender could pass the handshake');
  fields.refuseOthers('not a field of handshake');
  return { ...(isInQuery && { in: 'query' }), matchPath, matchValue: matchValue ?? '', respondPath };
};

/** A query has no levels, so `hub.challenge` read as a path of two steps would never match. */
const parameterField = (reader: ObjectReader, name: string): string | undefined => {
  const path = pathField(reader, name);
  if (path !== undefined && (pathSteps(path)?.length ?? 0) > 1)
    reader.problem(name, 'one name; where it holds a full stop, as a pointer: /hub.challenge');
  return path;
};
