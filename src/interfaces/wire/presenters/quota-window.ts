import { windowTypes, type WindowState } from '../../../domain/rate-limit/quota.ts';
import { described } from '../codecs/codec.ts';
import { oneOf } from '../codecs/values.ts';
import { integerAnswer, timeAnswer, timeText } from './times-and-money.ts';

/** The standing of one quota window. */
export const windowFields = {
  window_type: described('A sliding window; a month is 31 days.', oneOf(windowTypes)),
  limit: described('Calls that the window allows.', integerAnswer),
  used: described('Calls counted in it now.', integerAnswer),
  remaining: described('Calls that it still allows now.', integerAnswer),
  resets_at: described(
    'When the oldest counted call leaves the window; the current time if none is counted.',
    timeAnswer,
  ),
};

export const windowFieldsOf = ({ window, limit, used, remaining, resetsAt }: WindowState) => ({
  window_type: window,
  limit,
  used,
  remaining,
  resets_at: timeText(resetsAt),
});
