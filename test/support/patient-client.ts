import type { Answer, ApiClient } from './api-client.ts';
import { until } from './until.ts';

/** What is said of a lost dependency alone: other 503 are what tests ask for. */
export const LOST = 'something this service needs does not answer';

const isLost = ({ status, text }: Answer<unknown>): boolean => status === 503 && text.includes(LOST);
const isInProgress = ({ status, text }: Answer<unknown>): boolean =>
  status === 409 && text.includes('"idempotency-in-progress"');

/**
 * Asks again as callers are told to: a database that this machine lets stand still for a third of a second is away for a
 * moment. What was changed although its answer got lost is changed once more, unless it goes under a key. `askOnce`
 * hears the 503 itself.
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
