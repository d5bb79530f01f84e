import { expect } from 'chai';
import fc from 'fast-check';
import { anId } from '../../../support/an-external-service.ts';
import { judgeOf, pointerTo, type DocumentJudge, type Node } from '../../../support/openapi-judge.ts';
import { spoiled, valuesBy, type Schema } from '../../../support/values-by-schema.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Content = { readonly [mediaType: string]: { readonly schema: Schema } };
type Parameter = { readonly name: string; readonly in: string; readonly schema: Schema };

const RUNS = 8;

/** Each item fails separately, and reports that in its place. */
const isJudgedByItem = (path: string): boolean => path === '/geocoding/batch';

describe('requests made from the document', () => {
  let server: RunningServer;
  let judge: DocumentJudge;
  before(async () => {
    server = await startHttpServer();
    judge = await judgeOf(server.url);
  });
  after(() => server.http.close(0));

  const valuesOf = (schema: Schema) =>
    valuesBy(schema, (reference) => judge.at(reference.slice(1)) as unknown as Schema);

  /** Path and query of an operation, with each parameter as its schema says. */
  const targetOf = (path: string, operation: Node): fc.Arbitrary<string> => {
    const all = (operation['parameters'] as unknown as readonly Node[]).map(judge.resolved);
    const parameters = all as unknown as readonly Parameter[];
    const within = (place: string) =>
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === place && parameter.name !== 'cursor')
          .map(({ name, schema }) => [name, name === 'id' ? fc.constant(anId(1)) : valuesOf(schema)]),
      );
    return fc
      .tuple(fc.record(within('path')), fc.record(within('query'), { requiredKeys: [] }))
      .map(([inPath, inQuery]) => {
        const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(inPath[name]));
        const query = Object.entries(inQuery).map(([name, value]) => `${name}=${segment(value)}`);
        return query.length === 0 ? named : `${named}?${query.join('&')}`;
      });
  };
  const segment = (value: unknown): string => {
    const text = (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
    // A path of dots is changed by the client before anything is sent.
    return /^\.{0,2}$/.test(text) ? 'x' : encodeURIComponent(text);
  };

  it('are answered as the document says, and never with what it does not take', async () => {
    for (const { path, method, operation } of judge.operations()) {
      // Senders may deliver any bytes.
      if (path.startsWith('/webhooks/in') || path === '/docs/{file}') continue;
      const content = (operation['requestBody']?.['content'] ?? {}) as unknown as Content;
      const [type = ''] = Object.keys(content);
      const schema = content[type]?.schema;
      const values = schema === undefined ? fc.constant(undefined) : valuesOf(schema);
      const bodies = schema === undefined ? values : fc.oneof(values, values.chain(spoiled));
      const isTaken =
        schema === undefined
          ? () => true
          : judge.validatorAt(pointerTo('paths', path, method, 'requestBody', 'content', type, 'schema'));
      await fc.assert(
        fc.asyncProperty(targetOf(path, operation), bodies, async (target, body) => {
          const headers = { 'if-match': '*', ...(body === undefined ? {} : { 'content-type': type }) };
          const answer = await server.ask(method.toUpperCase(), target, {
            headers,
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          await judge.holds(method, path, answer);
          expect(answer.status, `${method} ${target}`).to.not.equal(500);
          if (!isTaken(body) && !isJudgedByItem(path)) expect(answer.status).to.be.within(400, 499);
        }),
        { numRuns: RUNS },
      );
    }
  });
});
