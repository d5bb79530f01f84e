import { STATUS_CODES } from 'node:http';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import {
  notUnderstood,
  requestRejected,
  statusFailure,
  unavailable,
  type HttpAnswer,
} from '../http-answer.ts';
import { isText, listIn, objectIn, textIn } from '../loose-fields.ts';
import { quoted } from '../provider-text.ts';

/** HTTP reason phrases, which `error` repeats. */
const STATUS_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(STATUS_CODES).map(([status, phrase = '']) => [phrase.toLowerCase(), Number(status)]),
);
const STATUS = /^[1-5]\d\d$/;

/** `error` is a string in the geocoder, and an object in old versions. Undefined: no status is stated. */
const statusTold = (json: unknown): number | undefined => {
  const { statusCode, error, message } = objectIn(json);
  const { code, status } = objectIn(error);
  const told = [statusCode, code, status].map(String).find((text) => STATUS.test(text));
  if (told !== undefined) return Number(told);
  return STATUS_OF.get((textIn(error) ?? textIn(message) ?? '').toLowerCase());
};

/** The distance matrix uses `errors`. */
const reasonIn = (json: unknown): string | undefined => {
  const { message, errors } = objectIn(json);
  return textIn(message) ?? textIn(listIn(errors, isText).join(', '));
};

const hasErrors = (json: unknown): boolean => {
  const { errors } = objectIn(json);
  return Array.isArray(errors) && errors.length > 0;
};

/**
 * An error by HTTP status, or inside a body that came with 200, in the shape of either of Yandex's services: both are
 * behind the same gateways.
 */
export const yandexFailure = (
  json: unknown,
  answer: HttpAnswer,
  access: ProviderAccess,
): ProviderError | undefined => {
  const isGood = answer.status >= 200 && answer.status < 300;
  const status = isGood ? statusTold(json) : answer.status;
  if (status === undefined)
    return hasErrors(json) ? unavailable('errors in an answer that claims success', answer) : undefined;
  const failure = statusFailure({ ...answer, status });
  if (failure === undefined) return notUnderstood('an error that claims success');
  return failure.kind === 'request-rejected'
    ? requestRejected(`${failure.message}${quoted(reasonIn(json), access)}`)
    : failure;
};
