import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { aesGcmSecretBox } from '../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { secretBoxContract } from './secret-box.contract.ts';

secretBoxContract('aesGcmSecretBox', (keyIds) =>
  aesGcmSecretBox({
    keys: keyIds.map((id) => ({ id, secret: createSecretKey(createHash('sha256').update(id).digest()) })),
    randomBytes,
  }),
);
