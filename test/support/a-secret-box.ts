import { createSecretKey, randomBytes } from 'node:crypto';
import { aesGcmSecretBox } from '../../src/infrastructure/security/aes-gcm-secret-box.ts';

/** Uses the same key in every process. */
export const aSecretBox = aesGcmSecretBox({
  keys: [{ id: 'k1', secret: createSecretKey(Buffer.alloc(32, 7)) }],
  randomBytes,
});
