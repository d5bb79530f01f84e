import { unopenedSecrets } from '../postgres/secrets/unopened-secrets.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import type { Platform } from './identifiers.ts';

/**
 * Logs one line when stored secrets cannot be decrypted, for instance after a restore with other keys; otherwise nobody
 * would notice before a call needs one. Runs beside the start, and neither delays nor fails it.
 */
export const lookAtSecrets = async ({ database, secretBox, logger }: Platform): Promise<void> => {
  try {
    const { looked, unopened, keyIds } = await unopenedSecrets(database, secretBox);
    if (unopened === 0) return;
    logger.error('stored secrets cannot be decrypted with ENCRYPTION_KEYS', {
      looked,
      unopened,
      key_ids: keyIds,
    });
  } catch (error) {
    logger.warn('stored secrets could not be checked', errorFields(error));
  }
};
