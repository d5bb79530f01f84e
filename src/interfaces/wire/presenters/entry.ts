import * as t from 'io-ts';
import { component, described } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';

const text = (description: string) => described(description, t.string);

export const entryAnswer = component(
  'Entry',
  answerObject(
    {
      service: text('Always `integration-service`.'),
      version: text('Version of the running service.'),
      links: described(
        'Paths on this host.',
        answerObject(
          {
            docs: text('The API description as a web page.'),
            openapi: text('The API description for programs, as OpenAPI 3.1.'),
            health: text('Health of the service and its dependencies.'),
          },
          {},
        ),
      ),
    },
    {},
  ),
);

export const entryOf = (version: string): t.TypeOf<typeof entryAnswer> => ({
  service: 'integration-service',
  version,
  links: { docs: '/docs', openapi: '/openapi.json', health: '/health' },
});
