import { expect } from 'chai';
import { startHttpServer } from '../../../support/with-http-server.ts';

type Node = { readonly [name: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** Everything under these names must be described, member by member. */
const DESCRIBED = new Set(['properties', 'parameters', 'responses', 'headers', 'securitySchemes']);
/** Values that callers send and receive, not parts of the document. */
const VALUES = new Set(['example', 'examples', 'default', 'enum']);

const isDescribed = (part: unknown): boolean => {
  if (!isNode(part)) return false;
  const { description, $ref } = part;
  if (typeof description === 'string') return /\w.*\w\W*$/s.test(description);
  // A shared parameter, response or header is described where it is defined.
  return typeof $ref === 'string' && !$ref.startsWith('#/components/schemas/');
};

const undescribed = (node: unknown, at: string): readonly string[] =>
  entriesOf(node).flatMap(([name, value]) => {
    if (VALUES.has(name)) return [];
    const here = `${at}/${name}`;
    if (!DESCRIBED.has(name)) return undescribed(value, here);
    return entriesOf(value).flatMap(([member, part]) => [
      ...(isDescribed(part) ? [] : [`${here}/${member}`]),
      ...undescribed(part, `${here}/${member}`),
    ]);
  });

describe('the descriptions in the OpenAPI document', () => {
  it('leave out no property, parameter, header and answer', async () => {
    const server = await startHttpServer();
    const document: unknown = await (await fetch(`${server.url}/openapi.json`)).json();
    await server.http.close(0);
    expect(undescribed(document, '#')).to.deep.equal([]);
    expect(JSON.stringify(document).match(/"description":/g)?.length).to.be.greaterThan(700);
  });

  it('are missed wherever they are missing', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' }, b: { description: 'Of b.' } } };
    const referred = { properties: { c: { $ref: '#/components/schemas/C' } } };
    const document = {
      parameters: [{ name: 'q' }, { $ref: '#/components/parameters/Tenant' }],
      responses: { 200: { content: { 'application/json': { schema: { anyOf: [schema, referred] } } } } },
      examples: [{ properties: { d: {} } }],
    };
    expect(undescribed(document, '#')).to.deep.equal([
      '#/parameters/0',
      '#/responses/200',
      '#/responses/200/content/application/json/schema/anyOf/0/properties/a',
      '#/responses/200/content/application/json/schema/anyOf/1/properties/c',
    ]);
  });
});
