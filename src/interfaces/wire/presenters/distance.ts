import type * as t from 'io-ts';
import type { DistanceAnswer } from '../../../application/queries/measure-distance.ts';
import type { DistancePoint } from '../../../application/queries/distance-end.ts';
import { travelModes } from '../../../domain/provider/router.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { integer, numberBetween, oneOf, trueOrFalse } from '../codecs/values.ts';
import { latitude, longitude, matchAnswer, matchOf } from './matches.ts';

const endAnswer = component(
  'DistancePoint',
  answerObject(
    {
      latitude,
      longitude,
      match: described(
        'The place that the address was resolved to; null if coordinates were given.',
        nullable(matchAnswer),
      ),
    },
    {},
  ),
);

export const distanceAnswer = component(
  'Distance',
  answerObject(
    {
      mode: described('As asked.', oneOf([...travelModes, 'straight_line'])),
      origin: described('Where it was measured from.', endAnswer),
      destination: described('Where it was measured to.', endAnswer),
      route_found: described('false: both ends are known, but no road connects them.', trueOrFalse),
      distance_metres: described(
        'Metres; null if no route was found.',
        nullable(numberBetween(0, Number.MAX_SAFE_INTEGER)),
      ),
      duration_seconds: described(
        'Seconds; null for a straight line and if no route was found.',
        nullable(integer(0, Number.MAX_SAFE_INTEGER)),
      ),
      degraded: described('The provider computed it in another way than requested.', trueOrFalse),
      approximate: described(
        'One end is known no more precisely than its district: accurate only to kilometres.',
        trueOrFalse,
      ),
    },
    {},
  ),
);

export const distanceOf = (answer: DistanceAnswer): t.TypeOf<typeof distanceAnswer> => ({
  mode: answer.mode,
  origin: endOf(answer.origin),
  destination: endOf(answer.destination),
  route_found: answer.routeFound,
  distance_metres: answer.distanceMetres ?? null,
  duration_seconds: answer.durationSeconds ?? null,
  degraded: answer.degraded,
  approximate: answer.approximate,
});

const endOf = ({ coordinates, match }: DistancePoint): t.TypeOf<typeof endAnswer> => ({
  latitude: coordinates.latitude,
  longitude: coordinates.longitude,
  match: match === undefined ? null : matchOf(match),
});
