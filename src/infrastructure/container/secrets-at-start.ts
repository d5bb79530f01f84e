import { unopenedSecrets } from '../postgres/secrets/unopened-secrets.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import type { Platform } from './identifiers.ts';

/**
 * One line when stored secrets do not open, as after a restore with another day's keys: else nobody hears of it before
 * a call needs one. Beside the start, which it neither holds up nor fails.
 */
export const lookAtSecrets = async ({ database, secretBox, logger }: Platform): Promise<void> => {
  try {
    const { looked, unopened, keyIds } = await unopenedSecrets(database, secretBox);
    if (unopened === 0) return;
    logger.error('stored secrets do not open with ENCRYPTION_KEYS', { looked, unopened, key_ids: keyIds });
  } catch (error) {
    logger.warn('stored secrets could not be looked at', errorFields(error));
  }
};
