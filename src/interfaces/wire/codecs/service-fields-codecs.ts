import {
  healthStatuses,
  providerNames,
  serviceTypes,
} from '../../../domain/external-service/external-service.ts';
import {
  isProviderKey,
  KEY_RULE,
  LARGEST_LIMIT,
  LARGEST_PRIORITY,
  MOST_CONFIG_BYTES,
  PROVIDER_KEY,
  SERVICE_NAME,
} from '../../../domain/external-service/service-fields.ts';
import { isRight, left, right } from '../../../domain/shared/fp.ts';
import { DECIMAL, LARGEST_AMOUNT, moneyFrom } from '../../../domain/shared/money.ts';
import { described, leaf, mapped, noted, nullable } from './codec.ts';
import { storedObject } from './json-values.ts';
import { integer, oneOf, plainText, trueOrFalse, uuid } from './values.ts';

export const DEFAULT_CURRENCY = 'USD';
const CREDENTIALS_BYTES = 64 * 1024;

export const serviceName = plainText({
  min: 1,
  max: 64,
  pattern: {
    regex: SERVICE_NAME,
    says: 'lower-case letters, digits, "_" and "-", starting with a letter or digit',
  },
  notes: {
    description: 'The name calls, trail and metrics know it by; of one service of the tenant only.',
    examples: ['google_maps'],
  },
});
const displayName = plainText({
  min: 1,
  max: 200,
  notes: { description: 'For people; default: `service_name`.' },
});
export const serviceType = oneOf(serviceTypes, { description: 'What it is asked for.' });
const provider = oneOf(providerNames, {
  description: 'Which adapter; default: service_name, and webhook for services of that type.',
});

const baseUrl = leaf<string>(
  {
    type: 'string',
    format: 'uri',
    pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$',
    maxLength: 2048,
    description: "Origin and path prefix of the provider; left out or null: the provider's own.",
    examples: ['https://maps.googleapis.com/maps/api'],
  },
  (input) => {
    if (typeof input !== 'string' || input.length > 2048) return left('an http or https URL');
    // URL parsers silently drop tabs, line feeds, and spaces at the ends.
    const isPlain = /^https?:\/\/[!-~]+$/i.test(input) && URL.canParse(input);
    return isPlain ? right(input.replace(/\/+$/, '')) : left('an http or https URL');
  },
);
const apiKey = leaf<string>(
  {
    type: 'string',
    pattern: PROVIDER_KEY.source,
    writeOnly: true,
    description: 'The key at the provider: kept sealed, never shown; null: none.',
  },
  (input) => (typeof input === 'string' && isProviderKey(input) ? right(input) : left(KEY_RULE)),
);
/** Stored sealed, as text; parsed again only by the adapter. */
const credentials = mapped(
  storedObject(CREDENTIALS_BYTES, {
    writeOnly: true,
    description: 'Such as a service-account key: kept sealed, never shown; null: none.',
  }),
  (document) => JSON.stringify(document),
);
const config = storedObject(MOST_CONFIG_BYTES, {
  description:
    'Further settings of the provider, at most 16 KiB, shown as they are: no secrets; longer numbers than 2^53 - 1 as text; null: none.',
});

const rateLimit = nullable(
  integer(0, LARGEST_LIMIT, {
    description: 'Calls in any such window, a month being 31 days; 0: none, null: no limit.',
  }),
);
const priority = integer(-LARGEST_PRIORITY, LARGEST_PRIORITY, {
  default: 0,
  description: 'Higher is asked first.',
});
/** Millionths of the currency. A number is accepted, too, if it is a short decimal: 1e-7 is not. */
const amount = leaf<number>(
  {
    type: ['string', 'number'],
    default: '0',
    pattern: DECIMAL.source,
    minimum: 0,
    maximum: LARGEST_AMOUNT,
    description: 'Price of one call, as text or a number of at most six decimals; null: 0.',
    examples: ['0.005'],
  },
  (input) => {
    const text = typeof input === 'number' ? String(input) : input;
    const money = moneyFrom(typeof text === 'string' ? text : '', DEFAULT_CURRENCY);
    return isRight(money) ? right(money.right.micros) : left(`a number or ${money.left.detail}`);
  },
);
const currency = leaf<string>(
  { type: 'string', pattern: '^[A-Z]{3}$', default: DEFAULT_CURRENCY, description: 'ISO 4217.' },
  (input) =>
    typeof input === 'string' && isRight(moneyFrom('0', input))
      ? right(input)
      : left('a three-letter ISO 4217 currency'),
);
/** Only the health monitor changes it; accepted so that an answer can be sent back as a request. */
const healthStatus = noted(
  { description: 'Accepted and ignored: the health monitor decides.' },
  oneOf(healthStatuses),
);

/** Fields that a merge patch clears with `null`. */
export const clearableFields = {
  base_url: nullable(baseUrl),
  api_key: nullable(apiKey),
  credentials: nullable(credentials),
  config: nullable(config),
  fallback_service_id: described(
    'Asked next when this one fails, before the rest by priority: another of the same type; null: none.',
    nullable(uuid),
  ),
  rate_limit_per_minute: rateLimit,
  rate_limit_per_hour: rateLimit,
  rate_limit_per_day: rateLimit,
  rate_limit_per_month: rateLimit,
  cost_per_call: nullable(amount),
};
export const settledFields = {
  provider,
  display_name: displayName,
  is_active: noted({ default: true, description: 'Whether calls go to it.' }, trueOrFalse),
  health_status: healthStatus,
  priority,
  cost_currency: currency,
};
