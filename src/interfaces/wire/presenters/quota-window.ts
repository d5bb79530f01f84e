import { windowTypes, type WindowState } from '../../../domain/rate-limit/quota.ts';
import { described } from '../codecs/codec.ts';
import { oneOf } from '../codecs/values.ts';
import { integerAnswer, timeAnswer, timeText } from './times-and-money.ts';

/** The standing of one quota window. */
export const windowFields = {
  window_type: described('A trailing window; a month is 31 days.', oneOf(windowTypes)),
  limit: described('Calls the window takes.', integerAnswer),
  used: described('Calls counted in it now.', integerAnswer),
  remaining: described('Calls it still takes now.', integerAnswer),
  resets_at: described('When the oldest counted call leaves it; now when none is counted.', timeAnswer),
};

export const windowFieldsOf = ({ window, limit, used, remaining, resetsAt }: WindowState) => ({
  window_type: window,
  limit,
  used,
  remaining,
  resets_at: timeText(resetsAt),
});
