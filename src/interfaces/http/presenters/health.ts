import * as t from 'io-ts';
import type { SystemHealth } from '../../../application/queries/system-health.ts';
import { component } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';

const status = oneOf(['ok', 'degraded', 'down']);

export const healthAnswer = component(
  'Health',
  answerObject(
    {
      status,
      service: t.string,
      version: t.string,
      dependencies: t.readonlyArray(
        answerObject({ name: t.string, status, required: t.boolean }, { detail: t.string }),
      ),
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

export const liveAnswer = component('Alive', answerObject({ status: oneOf(['ok']) }, {}));
export const readyAnswer = component(
  'Readiness',
  answerObject({ status: oneOf(['ready', 'stopping', 'down']) }, {}),
);
