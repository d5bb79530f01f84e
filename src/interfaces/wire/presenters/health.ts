import * as t from 'io-ts';
import type { SystemHealth } from '../../../application/queries/system-health.ts';
import { component, described } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';

const status = oneOf(['ok', 'degraded', 'down']);

const dependencyAnswer = answerObject(
  {
    name: described('Such as `postgresql` or `redis`.', t.string),
    status: described('Its state.', status),
    required: described('Whether the service is `down` without it, or only `degraded`.', t.boolean),
  },
  { detail: described('What is wrong with it.', t.string) },
);

export const healthAnswer = component(
  'Health',
  answerObject(
    {
      status: described(
        '`degraded`: it works without an optional dependency; `down`: it does not work.',
        status,
      ),
      service: described('Always `integration-service`.', t.string),
      version: described('Version of the running service.', t.string),
      dependencies: described('The dependencies of the service.', t.readonlyArray(dependencyAnswer)),
    },
    {},
  ),
);

export const healthOf = (health: SystemHealth, version: string): t.TypeOf<typeof healthAnswer> => ({
  status: health.status,
  service: 'integration-service',
  version,
  dependencies: health.dependencies.map(({ name, status: state, required, detail }) => ({
    name,
    status: state,
    required,
    ...(detail === undefined ? {} : { detail }),
  })),
});

export const liveAnswer = component(
  'Alive',
  answerObject({ status: described('Always this value: the process answers.', oneOf(['ok'])) }, {}),
);
export const readyAnswer = component(
  'Readiness',
  answerObject(
    {
      status: described(
        '`stopping`: the process ends soon; `down`: a required dependency is unavailable.',
        oneOf(['ready', 'stopping', 'down']),
      ),
    },
    {},
  ),
);
