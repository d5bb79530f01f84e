import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ServiceFields } from '../../domain/external-service/service-fields.ts';
import type { InputProblem } from '../input-problem.ts';
import { addressesInConfig } from './outbound-urls.ts';
import type { ServicePatch } from './service-patch.ts';

type Addressed = Pick<ServiceFields, 'provider' | 'baseUrl' | 'config'>;

/**
 * Stored secrets stay with the addresses they were given for: who may change an address may not thereby read
 * a key that no answer shows. Where one moves to another origin, each stored secret has to be given again, or
 * cleared, in the same request.
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

/** Names of the addresses that lead to another origin than before. */
const movedAddresses = (before: Addressed, after: Addressed): readonly string[] => {
  const [old, now] = [originsOf(before), originsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
};

/** Without an address of its own a service is at its provider's, so another provider is another address. */
const originsOf = ({ provider, baseUrl, config }: Addressed): ReadonlyMap<string, string> =>
  new Map([
    ['base_url', baseUrl === undefined ? `the default of ${provider}` : originOf(baseUrl)],
    ...addressesInConfig(config).map(([name, url]): [string, string] => [name, originOf(url)]),
  ]);

/** What is no URL is refused elsewhere. */
const originOf = (url: unknown): string =>
  typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : JSON.stringify(url);
