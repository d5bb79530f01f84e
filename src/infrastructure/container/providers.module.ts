import { ContainerModule } from 'inversify';
import { healthMonitor } from '../../application/health/health-monitor.ts';
import { accountQuota } from '../../application/provider-call/quota/account-quota.ts';
import { gazetteer } from '../providers/gazetteer/gazetteer.ts';
import { googleMaps } from '../providers/google-maps/google-maps.ts';
import { providerHttp } from '../providers/provider-http.ts';
import { yandexMaps } from '../providers/yandex-maps/yandex-maps.ts';
import { cockatielCircuitBreakers } from '../resilience/cockatiel-circuit-breakers.ts';
import { cockatielRetries } from '../resilience/cockatiel-retries.ts';
import { outboundPolicy } from '../security/outbound-policy.ts';
import { osResolver, rememberingResolver } from '../security/remembered-addresses.ts';
import { healthLines, unstoredHealthLines } from '../telemetry/health-lines.ts';
import { ids, timers, type Binding } from './identifiers.ts';
import { namedParts } from './named-parts.ts';
import { accountsOf, bindSheets, credentialsOfEnvironment } from './sheets-binding.ts';

const PROBE_TIMEOUT_MS = 3_000;

/** A new provider is one more line in `adapters`. */
const bindAdapters = ({ bind }: Binding): void => {
  bind(ids.outboundGuard)
    .toResolvedValue(
      ({ config, clock: { monotonic } }) =>
        outboundPolicy({
          allowPrivate: config.allowPrivateProviders,
          resolveAll: rememberingResolver({ resolveAll: osResolver, monotonic, timers }),
        }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.providerHttp)
    .toResolvedValue(
      (guard, { clock, version }) => providerHttp({ guard, clock, version }),
      [ids.outboundGuard, ids.platform],
    )
    .inSingletonScope();

  bind(ids.adapters)
    .toResolvedValue(
      (http) => ({
        google_maps: googleMaps({ http }),
        yandex_maps: yandexMaps({ http }),
        gazetteer: gazetteer(),
      }),
      [ids.providerHttp],
    )
    .inSingletonScope();
};

const monitorParts = namedParts({
  platform: ids.platform,
  adapters: ids.adapters,
  spreadsheets: ids.spreadsheets,
  unitOfWork: ids.unitOfWork,
  telemetry: ids.telemetry,
  services: ids.services,
});

const bindMonitor = ({ bind }: Binding): void => {
  bind(ids.monitor)
    .toResolvedValue((...values: unknown[]) => {
      const { platform, adapters, spreadsheets, unitOfWork, telemetry, services } = monitorParts.from(values);
      return healthMonitor({
        ...platform,
        probes: { ...adapters, ...spreadsheets },
        unitOfWork,
        telemetry,
        probeTimeoutMs: PROBE_TIMEOUT_MS,
        servicesChanged: services.invalidate,
        onChanged: healthLines(platform.logger),
        onUnstored: unstoredHealthLines(platform.logger, platform.clock.monotonic),
      });
    }, monitorParts.ids)
    .inSingletonScope();
};

const pipelineParts = namedParts({
  platform: ids.platform,
  journal: ids.journal,
  cache: ids.cache,
  cacheClock: ids.cacheClock,
  clusterFlights: ids.clusterFlights,
  limiter: ids.limiter,
  accountOf: ids.accountOf,
  telemetry: ids.telemetry,
  health: ids.monitor,
});

const bindPipeline = ({ bind }: Binding): void => {
  bind(ids.accountOf)
    .toResolvedValue(
      ({ secretBox, config }) => accountsOf(secretBox, credentialsOfEnvironment(config)),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.pipeline)
    .toResolvedValue((...values: unknown[]) => {
      const { platform, accountOf, ...given } = pipelineParts.from(values);
      const { config, secretBox, clock, tracing } = platform;
      const { limiter, telemetry } = given;
      return {
        ...given,
        tracing,
        secretBox,
        clock,
        ids: platform.ids,
        tenantLimits: config.tenantLimits,
        accountQuota: accountQuota({ limiter, accountOf, clock, timers, telemetry }),
        breakers: cockatielCircuitBreakers(),
        retries: cockatielRetries(clock),
        timers,
        maxDeadlineMs: config.callDeadlineMs,
        attemptTimeoutMs: config.attemptTimeoutMs,
      };
    }, pipelineParts.ids)
    .inSingletonScope();
};

/** Providers, and the stages around each call to them. */
export const providersModule = new ContainerModule((options) => {
  bindAdapters(options);
  bindSheets(options);
  bindMonitor(options);
  bindPipeline(options);
});
