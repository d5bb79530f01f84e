import type { Application } from '../../application/application.ts';
import type { ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import { noMoney } from '../../domain/shared/money.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../telemetry/winston-logger.ts';

type Deps = {
  readonly config: Config;
  readonly application: { readonly commands: Pick<Application['commands'], 'registerService'> };
  readonly services: Pick<ExternalServiceReader, 'list'>;
  readonly logger: Logger;
};
type Seed = Pick<ServiceFields, 'serviceName' | 'provider' | 'displayName' | 'priority' | 'costPerCall'> &
  Partial<ServiceFields>;

/** Google's price since March 2025: 5 USD per 1,000 geocodes after the free ones. */
const GOOGLE_PRICE = { micros: 5_000, currency: 'USD' };
const FREE = noMoney('USD');
/** Below any service registered later, even one without a priority, which is 0: the gazetteer knows towns only. */
const LAST_RESORT = -100;

const seeds = (config: Config): readonly Seed[] => [
  ...withSecret(config.googleMapsApiKey, (apiKey) => ({
    serviceName: 'google_maps',
    provider: 'google_maps',
    displayName: 'Google Maps API',
    priority: 100,
    costPerCall: GOOGLE_PRICE,
    apiKey,
  })),
  ...withSecret(config.yandexMapsApiKey, (apiKey) => ({
    serviceName: 'yandex_maps',
    provider: 'yandex_maps',
    displayName: 'Yandex Maps API',
    priority: 90,
    costPerCall: FREE,
    apiKey,
  })),
  ...withSecret(config.googleSheetsCredentials, (credentials) => ({
    serviceName: 'google_sheets',
    serviceType: 'spreadsheet',
    provider: 'google_sheets',
    displayName: 'Google Sheets API',
    priority: 0,
    costPerCall: FREE,
    credentials,
  })),
  ...(config.databaseUrl === undefined ? [OFFLINE] : []),
];

const withSecret = (secret: string | undefined, seed: (secret: string) => Seed): readonly Seed[] =>
  secret === undefined ? [] : [seed(secret)];

const OFFLINE: Seed = {
  serviceName: 'gazetteer',
  provider: 'gazetteer',
  displayName: 'Offline gazetteer (city level)',
  priority: LAST_RESORT,
  costPerCall: FREE,
};

/** Registers the services named in the environment for the default tenant. Existing ones are left as they are. */
export const seedDefaultTenant = async ({ config, application, services, logger }: Deps): Promise<void> => {
  const wanted = seeds(config);
  if (wanted.length === 0) return;
  const ctx = systemContext(config);
  const known = await services.list(ctx.tenantId, {}, { limit: 200 });
  for (const seed of wanted) {
    if (known.items.some(({ serviceName }) => serviceName === seed.serviceName)) continue;
    const result = await application.commands.registerService(ctx, { fields: fieldsOf(seed) });
    // Another replica that is starting was first, or the tenant has more services than were listed.
    if (isLeft(result) && result.left.kind === 'name-taken') continue;
    if (isLeft(result))
      logger.warn('service from the environment not registered', {
        service_name: seed.serviceName,
        reason: result.left.kind,
      });
    else
      logger.info('service registered', {
        service_name: seed.serviceName,
        tenant: ctx.tenantId,
      });
  }
};

const systemContext = ({ defaultTenant }: Config): TenantContext => ({
  tenantId: defaultTenant,
  actor: { kind: 'system', id: 'first-start', tenants: [defaultTenant], scopes: 'all' },
  correlationId: 'first-start',
});

const fieldsOf = (seed: Seed): ServiceFields => ({
  serviceType: 'geocoding',
  baseUrl: undefined,
  apiKey: undefined,
  credentials: undefined,
  config: {},
  isActive: true,
  limits: {},
  fallbackServiceId: undefined,
  ...seed,
});
