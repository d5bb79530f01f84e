import type * as t from 'io-ts';
import type { JsonSchema } from '../../wire/codecs/codec.ts';
import { range, spreadsheetId } from '../../wire/codecs/sheets-codecs.ts';
import type { Route } from '../endpoint.ts';
import type { DocsTag } from '../route-docs.ts';
import type { AnswerDoc } from './answers.ts';
import { headerComponents, headerParameters, type HeaderParameter } from './headers.ts';
import { problemResponseName, problemResponses, problemStatuses } from './problem-responses.ts';
import { requestExamples } from './request-examples.ts';
import { parametersOf, schemaWriter, type SchemaWriter } from './schema-of.ts';

/** Generates the OpenAPI 3.1 document from the routes that are served. */
export const openApiDocument = (routes: readonly Route[], version: string): JsonSchema => {
  const writer = schemaWriter();
  const paths = pathsOf(routes, writer);
  const responses = problemResponses(writer);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Integration Service',
      version,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ docs }) => docs.tag))].map((name) => ({
      name,
      description: aboutTag[name],
    })),
    paths,
    components: {
      securitySchemes,
      parameters: headerParameters,
      headers: headerComponents,
      responses,
      schemas: writer.components(),
    },
  };
};

const ABOUT = `A single, multi-tenant gateway to geocoders, spreadsheets and webhooks.

To try it here: create a token with \`npm run --silent token -- --tenant uk_company_1 --admin\` on the machine where the service runs, and enter it under **Authorize** as \`administrator\`. All requests except those under Operations and those made by webhook senders also need \`X-Management-Company-Id\`: a tenant that the token is valid for.`;

const aboutTag: Readonly<Record<DocsTag, string>> = {
  Geocoding: 'Geocode addresses, reverse geocode coordinates, measure distances.',
  Sheets: 'Read, write, append and clear cells of spreadsheets.',
  Webhooks: 'Manage webhooks, see which deliveries were accepted or refused, and publish them again.',
  Services: 'External providers that a tenant may call: keys, order, quotas, health.',
  Logs: 'Every call, with its outcome and duration.',
  Costs: 'What calls cost.',
  Cache: 'List and invalidate cached answers.',
  Tokens: 'Credentials of sibling services.',
  Operations: 'Health probes, metrics and API documentation. No credential is needed.',
};

const securitySchemes: JsonSchema = {
  serviceToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'ist_…',
    description: 'Token of a sibling service; its scopes determine what it gives access to.',
  },
  administrator: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'JWT of an administrator; gives access to everything of the tenants in its claim.',
  },
};

const pathsOf = (routes: readonly Route[], writer: SchemaWriter): JsonSchema => {
  const paths = new Map<string, JsonSchema>();
  for (const route of routes)
    paths.set(route.path, { ...paths.get(route.path), [route.method]: operationOf(route, writer) });
  return Object.fromEntries(paths);
};

const operationOf = (route: Route, writer: SchemaWriter): JsonSchema => {
  const { docs, scopes } = route;
  const isOpen = scopes === 'open';
  const needed = isOpen ? '' : `Scope: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
  return {
    operationId: docs.operationId,
    tags: [docs.tag],
    summary: docs.summary,
    description: [docs.description, needed].filter(Boolean).join('\n\n'),
    security: isOpen ? [] : [{ serviceToken: [] }, { administrator: [] }],
    parameters: [...pathParameters(route, writer), ...headersTaken(route), ...queryParameters(route, writer)],
    ...bodyOf(route, writer),
    responses: {
      ...Object.fromEntries(
        docs.answers.map((answer) => [String(answer.status), answerOf(route, answer, writer)]),
      ),
      ...Object.fromEntries(
        problemStatuses(route)
          .filter((status) => !docs.answers.some((answer) => answer.status === status))
          .map((status) => [
            String(status),
            { $ref: `#/components/responses/${problemResponseName(status)}` },
          ]),
      ),
    },
  };
};

const pathParts: Readonly<Record<string, string>> = {
  id: 'Id of the resource, as in lists and in the answer to its creation.',
  key: 'Key of the entry, as in `GET /cache/entries`, percent-encoded.',
  spreadsheet_id: 'Id of the spreadsheet: the part of its URL between `/d/` and `/edit`.',
  range: 'A range in A1 or R1C1 notation or the name of a named range, percent-encoded once.',
  token: 'The last part of `webhook_url`.',
  file: 'Name of a file that the page loads.',
};

const pathExamples: JsonSchema = { range: 'A1:C3', file: 'start.js' };

/** Path parameters whose codec is also used for the member of the same name in a command's body. */
const pathCodecs: { readonly [name: string]: t.Mixed } = { spreadsheet_id: spreadsheetId, range };

const pathSchema = (name: string, { schemaOf }: SchemaWriter): JsonSchema => {
  const codec = pathCodecs[name];
  if (codec === undefined) return { type: 'string' };
  const { description: _, examples: __, ...schema } = schemaOf(codec);
  return schema;
};

const pathParameters = (route: Route, writer: SchemaWriter): readonly JsonSchema[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: pathParts[name] ?? '',
    ...(name in pathExamples ? { example: pathExamples[name] } : {}),
    schema: route.hasId ? { type: 'string', format: 'uuid' } : pathSchema(name, writer),
  }));

const headersTaken = (route: Route): readonly JsonSchema[] => {
  const names: HeaderParameter[] = ['RequestId'];
  if (route.scopes !== 'open') names.push('Tenant', 'TraceParent');
  if (route.isCall) names.push('CacheControl', 'Deadline');
  if (route.takesKey) names.push('IdempotencyKey');
  if (route.needsIfMatch) names.push('IfMatch');
  if (route.takesIfMatch) names.push('OptionalIfMatch');
  if (route.docs.answers.some(({ status }) => status === 304)) names.push('IfNoneMatch');
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
};

const queryParameters = (route: Route, { schemaOf }: SchemaWriter): readonly JsonSchema[] =>
  route.query === undefined ? [] : parametersOf(schemaOf(route.query));

const bodyOf = ({ body, docs }: Route, { schemaOf }: SchemaWriter): JsonSchema => {
  if (body?.codec === undefined) return {};
  const example = requestExamples[docs.operationId];
  const content = { schema: schemaOf(body.codec), ...(example === undefined ? {} : { example }) };
  return {
    requestBody: {
      required: body.isOptional !== true,
      content: Object.fromEntries(body.mediaTypes.map((mediaType) => [mediaType, content])),
    },
  };
};

const answerOf = ({ takesKey }: Route, answer: AnswerDoc, { schemaOf }: SchemaWriter): JsonSchema => ({
  description: answer.description,
  headers: Object.fromEntries(
    ['X-Request-Id', ...(answer.headers ?? []), ...(takesKey ? ['Idempotency-Replayed'] : [])].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  ),
  ...(answer.content === undefined
    ? {}
    : {
        content: Object.fromEntries(
          Object.entries(answer.content).map(([mediaType, codec]) => [
            mediaType,
            { schema: schemaOf(codec) },
          ]),
        ),
      }),
});
