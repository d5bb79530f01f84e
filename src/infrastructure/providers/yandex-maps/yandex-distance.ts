import * as t from 'io-ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { RouteAnswer } from '../../../domain/provider/router.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { jsonOrFailure, notUnderstood, type HttpAnswer } from '../http-answer.ts';
import { objectIn } from '../loose-fields.ts';
import { YANDEX_ATTRIBUTION } from './yandex-geocode.ts';
import { yandexFailure } from './yandex-refusal.ts';

/** Both amounts belong to a road; without a road their values mean nothing. */
const matrix = t.type({
  rows: t.array(
    t.type({
      elements: t.array(
        t.intersection([
          t.type({ status: t.string }),
          t.partial({ distance: t.unknown, duration: t.unknown }),
        ]),
      ),
    }),
  ),
});

/** Row 0, element 0 of the distance matrix. `FAIL` means that there is no road, not a failure. */
export const yandexRoute = (
  answer: HttpAnswer,
  access: ProviderAccess,
): Either<ProviderError, RouteAnswer> => {
  const json = jsonOrFailure(answer);
  if (isLeft(json)) return json;
  const failure = yandexFailure(json.right, answer, access);
  if (failure !== undefined) return left(failure);

  const decoded = matrix.decode(json.right);
  if (isLeft(decoded)) return left(notUnderstood('not a distance matrix'));
  const element = decoded.right.rows[0]?.elements[0];
  if (element === undefined) return left(notUnderstood('a distance matrix without the pair that was asked'));
  if (element.status === 'FAIL') return right({ found: false, attribution: YANDEX_ATTRIBUTION });
  const { value: distanceMetres } = objectIn(element.distance);
  const { value: durationSeconds } = objectIn(element.duration);
  if (element.status !== 'OK' || !isAmount(distanceMetres) || !isAmount(durationSeconds))
    return left(notUnderstood('a route without a sensible distance and duration'));
  return right({
    found: true,
    distanceMetres,
    durationSeconds: Math.round(durationSeconds),
    degraded: false,
    attribution: YANDEX_ATTRIBUTION,
  });
};

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
