import type { AccountOf } from '../../application/provider-call/quota/account-subjects.ts';
import { openedSecrets } from '../../application/provider-call/opened-secrets.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { SpreadsheetAccount } from '../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Config } from '../config/config.ts';
import { memorySpreadsheetVersions } from '../memory/memory-spreadsheet-versions.ts';
import { postgresSpreadsheetVersions } from '../postgres/spreadsheet/postgres-spreadsheet-versions.ts';
import { answerSizes } from '../providers/google-sheets/answer-sizes.ts';
import { googleSheets } from '../providers/google-sheets/google-sheets.ts';
import {
  accountOf,
  tokenUrlOf,
  withDefaultCredentials,
  type DefaultCredentials,
} from '../providers/google-sheets/service-accounts.ts';
import { providerHttp } from '../providers/provider-http.ts';
import { heapLimit } from '../system/heap-limit.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Binding, type Platform } from './identifiers.ts';

const sizes = answerSizes(heapLimit());

const bindSpreadsheets = ({ bind }: Binding): void => {
  bind(ids.sheetsHttp)
    .toResolvedValue(
      (guard, { clock, version }) => providerHttp({ guard, clock, version, maxAnswerBytes: sizes.one }),
      [ids.outboundGuard, ids.platform],
    )
    .inSingletonScope();

  bind(ids.spreadsheets)
    .toResolvedValue(
      (http, { clock, sleep, config }) => ({
        google_sheets: googleSheets({
          http,
          clock,
          sleep,
          defaultCredentials: credentialsOfEnvironment(config),
          mostAnswerBytes: sizes.all,
        }),
      }),
      [ids.sheetsHttp, ids.platform],
    )
    .inSingletonScope();
};

/** The embedded database serves a single process, so nobody else writes. */
const versionsOf = ({
  config,
  clock,
  ids: idSource,
  database,
  databaseWatch,
  sleep,
  logger,
}: Platform): SpreadsheetVersions => {
  if (config.databaseUrl === undefined) return memorySpreadsheetVersions({ clock, ids: idSource });
  const { current, changed } = postgresSpreadsheetVersions({
    database,
    isAway: databaseWatch.isAway,
    sleep,
  });
  return {
    current,
    changed: (...write) =>
      changed(...write).catch((error: unknown) => {
        logger.warn(
          'cached cells could not be invalidated after a write to a spreadsheet',
          errorFields(error),
        );
        throw error;
      }),
  };
};

const HOUR_MS = 3_600_000;

/** Spreadsheets, and what reads and writes of them share. */
export const bindSheets = (options: Binding): void => {
  bindSpreadsheets(options);
  options
    .bind(ids.sheets)
    .toResolvedValue(
      (platform, spreadsheets, writers, once) => ({
        spreadsheets,
        versions: versionsOf(platform),
        writers,
        once,
        keysKnownMs: platform.config.idempotencyHours * HOUR_MS,
        onNotSwept: (error: unknown) =>
          platform.logger.warn(
            'marks of appended rows not removed yet, the next sweep tries again',
            errorFields(error),
          ),
        clock: platform.clock,
        sleep: platform.sleep,
      }),
      [ids.platform, ids.spreadsheets, ids.spreadsheetWriters, ids.onceOnly],
    )
    .inSingletonScope();
};

/** For services of the default tenant without credentials of their own. */
export const credentialsOfEnvironment = ({
  googleSheetsCredentials: credentials,
  defaultTenant: tenantId,
}: Pick<Config, 'googleSheetsCredentials' | 'defaultTenant'>): DefaultCredentials | undefined =>
  credentials === undefined ? undefined : { tenantId, credentials };

/** Decrypts the credentials of a service once per snapshot. */
export const accountsOf = (secretBox: SecretBox, standard: DefaultCredentials | undefined): AccountOf => {
  const known = new WeakMap<ExternalService, SpreadsheetAccount | undefined>();
  const read = (service: ExternalService): SpreadsheetAccount | undefined => {
    if (service.provider !== 'google_sheets') return undefined;
    const secrets = openedSecrets(secretBox, service);
    if (isLeft(secrets)) return undefined;
    const { credentials } = withDefaultCredentials(
      { ...service, credentials: secrets.right.credentials },
      standard,
    );
    const account = accountOf(credentials, tokenUrlOf(service));
    return isLeft(account) ? undefined : account.right;
  };
  return (service) => {
    if (!known.has(service)) known.set(service, read(service));
    return known.get(service);
  };
};
