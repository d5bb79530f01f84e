import { cachedOperations } from '../../../application/provider-call/operation.ts';
import type { InvalidationScope } from '../../../domain/cache/cache-store.ts';
import { component, described, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { oneOf, plainText } from './values.ts';

const name = plainText({ min: 1, max: 128 });
/** An empty object purges everything of the tenant. */
export const invalidationBody: Codec<InvalidationScope> = component(
  'CacheInvalidation',
  mapped(
    strictObject(
      {},
      {
        service_name: described(
          'Only answers of this service, including those under a name that it had before.',
          name,
        ),
        operation: described('Only answers of this operation.', oneOf<string>(cachedOperations)),
        tag: described(
          'Only answers with this tag, as listed by `GET /cache/entries`.',
          plainText({ min: 1, max: 200 }),
        ),
      },
    ),
    (body) => ({
      ...(body.service_name === undefined ? {} : { serviceName: body.service_name }),
      ...(body.operation === undefined ? {} : { operation: body.operation }),
      ...(body.tag === undefined ? {} : { tag: body.tag }),
    }),
  ),
);
