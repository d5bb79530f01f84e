import type { Answer, ApiClient } from './api-client.ts';
import { until } from './until.ts';

/** The text used only for a lost dependency: other 503 answers are what the tests ask for. */
export const LOST = 'something this service needs does not answer';

const isLost = ({ status, text }: Answer<unknown>): boolean => status === 503 && text.includes(LOST);
const isInProgress = ({ status, text }: Answer<unknown>): boolean =>
  status === 409 && text.includes('"idempotency-in-progress"');

/**
 * Retries as callers are told to: a database that stalls for a third of a second on a busy machine counts as
 * unavailable for a moment. A change whose answer was lost is made a second time unless it carries an idempotency key.
 * `askOnce` returns the 503 itself.
 */
export const patientClient = (api: ApiClient): ApiClient => {
  const ask: ApiClient['ask'] = async <B>(...asked: Parameters<ApiClient['ask']>) => {
    const once = (): Promise<Answer<B>> => api.askOnce<B>(...asked);
    const first = await once();
    if (!isLost(first)) return first;
    return until(once, (answer) => !isLost(answer) && !isInProgress(answer));
  };
  return {
    ...api,
    ask,
    get: (path, headers) => ask('GET', path, headers === undefined ? {} : { headers }),
    post: (path, body, headers) => ask('POST', path, { body, ...(headers === undefined ? {} : { headers }) }),
  };
};
