import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Schema = { readonly [key: string]: unknown };
type Message = {
  readonly name: string;
  readonly payload: Schema;
  readonly headers?: Schema;
  readonly examples?: readonly { readonly payload: unknown; readonly headers?: unknown }[];
};
export type AsyncApi = {
  readonly channels: { readonly [name: string]: { readonly messages: { readonly [key: string]: Schema } } };
  readonly components: {
    readonly messages: { readonly [key: string]: Message };
    readonly schemas: { readonly [name: string]: Schema };
  };
};

const ID = 'asyncapi.yaml';

export const asyncApi = parse(
  readFileSync(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8'),
) as AsyncApi;

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(asyncApi, ID);

/** Messages of a channel by their type. */
export const messagesOf = (channel: string): ReadonlyMap<string, Message> => {
  const { messages } = asyncApi.channels[channel] ?? { messages: {} };
  return new Map(
    Object.keys(messages).map((key) => {
      const message = asyncApi.components.messages[key];
      if (message === undefined) throw new Error(`channel ${channel}: no message ${key}`);
      return [message.name, message];
    }),
  );
};

const keyOf = (type: string): string | undefined =>
  Object.entries(asyncApi.components.messages).find(([, { name }]) => name === type)?.[0];

/** How the payload of a message of this type deviates from the document; empty when it conforms. */
export const payloadProblems = (type: string, payload: unknown): readonly string[] => {
  const key = keyOf(type);
  if (key === undefined) return [`no message ${type}`];
  return problems(`#/components/messages/${key}/payload`, payload);
};

export const schemaProblems = (name: string, value: unknown): readonly string[] =>
  problems(`#/components/schemas/${name}`, value);

const problems = (pointer: string, value: unknown): readonly string[] => {
  const validate = ajv.getSchema(`${ID}${pointer}`);
  if (validate === undefined) return [`no schema ${pointer}`];
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
};

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const resolved = (schema: Schema): Schema => {
  const { $ref } = schema;
  const name = typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;
  return name === undefined ? schema : resolved(asyncApi.components.schemas[name] ?? {});
};

/** Fields that are sent but in no schema: consumers must accept any, but ours are to be documented. */
const undocumented = (schema: Schema, value: unknown, path: string): readonly string[] => {
  const { properties, items, allOf } = resolved(schema);
  if (Array.isArray(value))
    return isObject(items) ? value.flatMap((item, n) => undocumented(items, item, `${path}/${n}`)) : [];
  if (!isObject(value)) return [];
  const known: Record<string, Schema> = {};
  for (const part of [{ properties }, ...(Array.isArray(allOf) ? (allOf as Schema[]).map(resolved) : [])])
    if (isObject(part.properties)) Object.assign(known, part.properties);
  if (Object.keys(known).length === 0) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    known[name] === undefined
      ? [`${path}/${name} undocumented`]
      : undocumented(known[name], inner, `${path}/${name}`),
  );
};

/** Every deviation of a published event from the document. */
export const eventProblems = (event: unknown): readonly string[] => {
  if (!isObject(event)) return ['no object'];
  const type = String(event['type']);
  const message = messagesOf('events').get(type);
  if (message === undefined) return [`no event ${type}`];
  return [...payloadProblems(type, event), ...undocumented(message.payload, event, '')];
};

/** For tests that read events: each must conform to the document. */
export const expectDocumented = (events: readonly unknown[]): void => {
  for (const event of events) {
    const found = eventProblems(event);
    if (found.length > 0)
      throw new Error(`not as docs/asyncapi.yaml says: ${found.join('; ')}\n${JSON.stringify(event)}`);
  }
};
