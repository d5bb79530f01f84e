import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';

/** Any node of the document; a test states itself what it expects there. */
export type Node = { readonly [key: string]: Node };
export type Operation = { readonly path: string; readonly method: string; readonly operation: Node };

/** The parts of an answer that the document describes. */
export type JudgedAnswer = {
  readonly status: number;
  readonly headers: Pick<Headers, 'get' | 'keys'>;
  readonly text: () => Promise<string>;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Headers of HTTP itself, which the document does not list. */
const PLUMBING = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-content-type-options',
  'referrer-policy',
  'cache-control',
  'content-security-policy',
]);

const refOf = (node: object): string | undefined => ('$ref' in node ? String(node.$ref) : undefined);

/**
 * The schemas with undescribed members refused: answers may grow, but tests must notice a member that is not
 * documented.
 */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy;
};

export const pointerTo = (...keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Checks answers against an OpenAPI document: status, headers, media type, and the body against its schema. */
const documentJudge = (document: Node) => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  // The package is CommonJS: its default export is the export of the module itself.
  addFormats.default(ajv);
  ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'paths', 'components']);
  ajv.addSchema({ $id: 'document', ...(closed(document) as object) });
  const validators = new Map<string, ValidateFunction>();
  /** Method, path and status of every answer that was checked. */
  const held = new Set<string>();

  const at = (pointer: string): Node => {
    let node = document;
    for (const key of pointer.split('/').slice(1))
      node = node[key.replaceAll('~1', '/').replaceAll('~0', '~')] ?? {};
    return node;
  };
  const resolved = (node: Node): Node => {
    const ref = refOf(node);
    return ref === undefined ? node : at(ref.slice(1));
  };
  const operations = (): readonly Operation[] =>
    Object.entries(at('/paths')).flatMap(([path, item]) =>
      METHODS.filter((method) => method in item).map((method) => ({
        path,
        method,
        operation: item[method] ?? {},
      })),
    );
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `document#${encodeURI(pointer)}` });
    validators.set(pointer, known);
    return known;
  };

  /**
   * Where the document describes the answer: the status of the operation, with a reference to a shared response
   * followed.
   */
  const responsePointer = (method: string, path: string, status: number): string => {
    const pointer = pointerTo('paths', path, method, 'responses', String(status));
    const node = at(pointer);
    expect(Object.keys(node), `${method} ${path} ${status} is not documented`).to.not.deep.equal([]);
    return refOf(node)?.slice(1) ?? pointer;
  };

  const holds = async (method: string, path: string, answer: JudgedAnswer): Promise<void> => {
    const pointer = responsePointer(method.toLowerCase(), path, answer.status);
    const response = at(pointer);
    const documented = Object.keys(response['headers'] ?? {}).map((name) => name.toLowerCase());
    const sent = [...answer.headers.keys()].filter((name) => !PLUMBING.has(name));
    expect(documented, `${method} ${path} ${answer.status}`).to.include.members(sent);
    const text = await answer.text();
    held.add(`${method.toLowerCase()} ${path} ${answer.status}`);
    if (text === '') return void expect(response).to.not.have.property('content');
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    expect(Object.keys(response['content'] ?? {}), `${method} ${path} ${answer.status}`).to.include(type);
    const schema = `${pointer}${pointerTo('content', type, 'schema')}`;
    const values = type.endsWith('ndjson') ? text.trim().split('\n') : type.endsWith('json') ? [text] : [];
    for (const value of values) {
      const validate = validatorAt(schema);
      const isValid = validate(JSON.parse(value));
      expect(isValid, `${method} ${path}: ${ajv.errorsText(validate.errors)}`).to.equal(true);
    }
  };

  return {
    document,
    at,
    resolved,
    operations,
    validatorAt,
    holds,
    held,
    errorsText: ajv.errorsText.bind(ajv),
  };
};
export type DocumentJudge = ReturnType<typeof documentJudge>;

/** Uses the document that the server at `url` serves. */
export const judgeOf = async (url: string): Promise<DocumentJudge> =>
  documentJudge((await (await fetch(`${url}/openapi.json`)).json()) as Node);
