import { createSecretKey, randomBytes } from 'node:crypto';
import { aesGcmSecretBox } from '../../src/infrastructure/security/aes-gcm-secret-box.ts';

/** With a key that is the same in every process. */
export const aSecretBox = aesGcmSecretBox({
  keys: [{ id: 'k1', secret: createSecretKey(Buffer.alloc(32, 7)) }],
  randomBytes,
});
