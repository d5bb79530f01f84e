import * as t from 'io-ts';
import { component, described } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';

const text = (description: string) => described(description, t.string);

export const entryAnswer = component(
  'Entry',
  answerObject(
    {
      service: text('`integration-service`.'),
      version: text('Version of the running service.'),
      links: described(
        'Paths of this host.',
        answerObject(
          {
            docs: text('The description for people.'),
            openapi: text('The description for programs, OpenAPI 3.1.'),
            health: text('How the service and what it leans on fare.'),
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
