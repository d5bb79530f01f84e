import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import type { SealedSecret, SecretBox } from '../../domain/shared/secret-box.ts';

type OpenedSecrets = Pick<ProviderAccess, 'apiKey' | 'credentials'>;
export type SecretsOf = (service: ExternalService) => Either<ProviderError, OpenedSecrets>;

/** Decrypts the secrets of a service once per snapshot object of that service; snapshots are re-read every second. */
export const openedOnce = (box: SecretBox): SecretsOf => {
  const opened = new WeakMap<ExternalService, ReturnType<SecretsOf>>();
  return (service) => {
    const known = opened.get(service);
    if (known !== undefined) return known;
    const secrets = openedSecrets(box, service);
    opened.set(service, secrets);
    return secrets;
  };
};

/** The decrypted secrets of a service, undefined where it has none. */
export const openedSecrets = (
  box: SecretBox,
  service: ExternalService,
): Either<ProviderError, OpenedSecrets> => {
  const apiKey = opened(box, service, 'api_key', service.apiKey);
  if (isLeft(apiKey)) return apiKey;
  const credentials = opened(box, service, 'credentials', service.credentials);
  if (isLeft(credentials)) return credentials;
  return right({ apiKey: apiKey.right, credentials: credentials.right });
};

const opened = (
  box: SecretBox,
  { tenantId, id, serviceName }: ExternalService,
  field: 'api_key' | 'credentials',
  secret: SealedSecret | undefined,
): Either<ProviderError, string | undefined> => {
  if (secret === undefined) return right(undefined);
  const text = box.open(secret.envelope, { tenantId, rowId: id, field });
  const what = field === 'api_key' ? 'key' : 'credentials';
  return isLeft(text)
    ? left({
        kind: 'credentials-rejected',
        message: `the stored ${what} of ${serviceName} cannot be opened (${text.left.reason})`,
      })
    : text;
};
