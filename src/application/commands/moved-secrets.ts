import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { InputProblem } from '../input-problem.ts';
import { addressesInConfig } from './outbound-urls.ts';
import type { ServicePatch } from './service-patch.ts';

type Addressed = Pick<ServiceFields, 'provider' | 'baseUrl' | 'config'>;

/**
 * Stored secrets may be sent only to the addresses they were given for (ADR 11). Otherwise, whoever may change an
 * address could read a key that no answer shows. If an address moves to another origin, each stored secret has to be
 * given again or cleared in the same request.
 */
export const movedSecretProblems = (
  current: ExternalService,
  next: Addressed,
  patch: Pick<ServicePatch, 'apiKey' | 'credentials'>,
): readonly InputProblem[] => {
  const moved = movedAddresses(current, next);
  if (moved.length === 0) return [];
  const detail = `has to be given again, or cleared with null, when ${moved.join(' and ')} leads to another origin`;
  const left: InputProblem[] = [];
  if (current.apiKey !== undefined && patch.apiKey === undefined) left.push({ pointer: '/api_key', detail });
  if (current.credentials !== undefined && patch.credentials === undefined)
    left.push({ pointer: '/credentials', detail });
  return left;
};

/** Names of the addresses whose origin has changed. */
const movedAddresses = (before: Addressed, after: Addressed): readonly string[] => {
  const [old, now] = [originsOf(before), originsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
};

/** Without a `base_url` a service uses its provider's default, so a change of the provider is a change of address. */
const originsOf = ({ provider, baseUrl, config }: Addressed): ReadonlyMap<string, string> =>
  new Map([
    ['base_url', baseUrl === undefined ? `the default of ${provider}` : originOf(baseUrl)],
    ...addressesInConfig(config).map(([name, url]): [string, string] => [name, originOf(url)]),
  ]);

/** Values that are not URLs are refused elsewhere. */
const originOf = (url: unknown): string =>
  typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : JSON.stringify(url);
