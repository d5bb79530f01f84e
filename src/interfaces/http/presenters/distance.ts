import type * as t from 'io-ts';
import type { DistanceAnswer, DistancePoint } from '../../../application/queries/measure-distance.ts';
import { travelModes } from '../../../domain/provider/router.ts';
import { component, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf, trueOrFalse } from '../codecs/values.ts';
import { matchAnswer, matchOf } from './matches.ts';

const endAnswer = component(
  'DistancePoint',
  answerObject(
    {
      latitude: numberBetween(-90, 90),
      longitude: numberBetween(-180, 180),
      match: noted(
        { description: 'What the address was taken for; null when coordinates were given.' },
        nullable(matchAnswer),
      ),
    },
    {},
  ),
);

const amount = nullable(numberBetween(0, Number.MAX_SAFE_INTEGER));

export const distanceAnswer = component(
  'Distance',
  answerObject(
    {
      mode: oneOf([...travelModes, 'straight_line']),
      origin: endAnswer,
      destination: endAnswer,
      route_found: noted({ description: 'false: both ends are known and no road joins them.' }, trueOrFalse),
      distance_metres: amount,
      duration_seconds: noted({ description: 'null for a straight line.' }, amount),
      degraded: noted({ description: 'The provider computed otherwise than asked.' }, trueOrFalse),
      approximate: noted(
        { description: 'An end is known no finer than a district: good to kilometres.' },
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
