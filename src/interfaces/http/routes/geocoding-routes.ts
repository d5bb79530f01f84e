import type { Application } from '../../../application/application.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { jsonBody } from '../body-rule.ts';
import { distanceBody, geocodeBody, reverseBody } from '../../wire/codecs/geocoding-codecs.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { callAnswer } from '../openapi/answers.ts';
import { callOutcome } from '../../wire/presenters/call-reply.ts';
import { distanceAnswer, distanceOf } from '../../wire/presenters/distance.ts';
import { matchesAnswer, matchesOf } from '../../wire/presenters/matches.ts';
import { batchRoute } from './batch-route.ts';

type Deps = { readonly application: Application; readonly clock: Clock };

/** The hot path first, since routes are matched in this order. */
export const geocodingRoutes = (deps: Deps): readonly Route[] => [
  geocodeRoute(deps),
  reverseRoute(deps),
  distanceRoute(deps),
  batchRoute(deps),
];

const shared = { method: 'post', scopes: ['geocoding'], query: noQuery, isCall: true } as const;

const geocodeRoute = ({ application: { queries }, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    path: '/geocoding/geocode',
    body: jsonBody(geocodeBody),
    docs: {
      operationId: 'geocodeAddress',
      tag: 'Geocoding',
      summary: 'Turn an address into places',
      description: 'If no provider knows the address, the answer has empty `matches`; this is not an error.',
      answers: [callAnswer('The places, best first.', matchesAnswer)],
    },
    handle: async ({ ctx, body, options }) => {
      const answered = await queries.geocodeAddress(ctx, { request: body, options });
      return callOutcome(answered, matchesOf, ctx, clock);
    },
  });

const reverseRoute = ({ application: { queries }, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    path: '/geocoding/reverse',
    body: jsonBody(reverseBody),
    docs: {
      operationId: 'reverseGeocode',
      tag: 'Geocoding',
      summary: 'Turn coordinates into places',
      description: 'Coordinates are rounded to 5 decimal places, about a metre.',
      answers: [callAnswer('The places, best first.', matchesAnswer)],
    },
    handle: async ({ ctx, body, options }) => {
      const answered = await queries.reverseGeocode(ctx, { request: body, options });
      return callOutcome(answered, matchesOf, ctx, clock);
    },
  });

const distanceRoute = ({ application: { queries }, clock }: Deps): Route =>
  tenantEndpoint({
    ...shared,
    path: '/geocoding/distance',
    body: jsonBody(distanceBody),
    docs: {
      operationId: 'measureDistance',
      tag: 'Geocoding',
      summary: 'Measure the distance between two places',
      description: 'A road distance is never silently replaced by a straight line.',
      answers: [
        callAnswer('The distance, or the information that no road connects the two places.', distanceAnswer),
      ],
    },
    handle: async ({ ctx, body, options }) => {
      const answered = await queries.measureDistance(ctx, { request: body, options });
      return callOutcome(answered, distanceOf, ctx, clock);
    },
  });
