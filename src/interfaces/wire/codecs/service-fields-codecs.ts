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
    description: 'Name of the service in calls, trail and metrics; unique within the tenant.',
    examples: ['google_maps'],
  },
});
const displayName = plainText({
  min: 1,
  max: 200,
  notes: { description: 'Human-readable name; default: `service_name`.' },
});
export const serviceType = oneOf(serviceTypes, { description: 'What the service is used for.' });
const provider = oneOf(providerNames, {
  description: 'The adapter to use; default: service_name, or webhook for services of that type.',
});

const baseUrl = leaf<string>(
  {
    type: 'string',
    format: 'uri',
    pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$',
    maxLength: 2048,
    description: "Origin and path prefix of the provider; omitted or null: the provider's own.",
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
    description: 'API key of the provider: stored encrypted, never returned; null: none.',
  },
  (input) => (typeof input === 'string' && isProviderKey(input) ? right(input) : left(KEY_RULE)),
);
/** Stored sealed, as text; parsed again only by the adapter. */
const credentials = mapped(
  storedObject(CREDENTIALS_BYTES, {
    writeOnly: true,
    description:
      'A credentials document, such as a service account key: stored encrypted, never returned; null: none.',
  }),
  (document) => JSON.stringify(document),
);
const config = storedObject(MOST_CONFIG_BYTES, {
  description:
    'Further settings of the provider, at most 16 KiB. They are returned as they are, so they must not contain secrets; write numbers above 2^53 - 1 as text; null: none.',
});

const rateLimit = nullable(
  integer(0, LARGEST_LIMIT, {
    description: 'Maximum number of calls in any such window (a month is 31 days); 0: none, null: no limit.',
  }),
);
const priority = integer(-LARGEST_PRIORITY, LARGEST_PRIORITY, {
  default: 0,
  description: 'Services with a higher priority are asked first.',
});
/** Millionths of the currency. A number is accepted, too, if it is a short decimal: 1e-7 is not. */
const amount = leaf<number>(
  {
    type: ['string', 'number'],
    default: '0',
    pattern: DECIMAL.source,
    minimum: 0,
    maximum: LARGEST_AMOUNT,
    description: 'Price of one call, as text or a number with at most six decimal places; null: 0.',
    examples: ['0.005'],
  },
  (input) => {
    const text = typeof input === 'number' ? String(input) : input;
    const money = moneyFrom(typeof text === 'string' ? text : '', DEFAULT_CURRENCY);
    return isRight(money) ? right(money.right.micros) : left(`a number or ${money.left.detail}`);
  },
);
const currency = leaf<string>(
  {
    type: 'string',
    pattern: '^[A-Z]{3}$',
    default: DEFAULT_CURRENCY,
    description: 'ISO 4217 currency code.',
  },
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
    'The service to ask next if this one fails, before the others by priority; it must have the same type; null: none.',
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
  is_active: noted({ default: true, description: 'Whether calls may use it.' }, trueOrFalse),
  health_status: healthStatus,
  priority,
  cost_currency: currency,
};
