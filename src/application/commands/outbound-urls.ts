import type { OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import { pointerStep } from '../../domain/shared/json-pointer.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import type { InputProblem } from '../input-problem.ts';

type Addresses = {
  readonly baseUrl?: string | null | undefined;
  readonly config?: JsonObject | null | undefined;
};

/** Every `…_url` in the config of a service is an address that receives keys, like `base_url` itself. */
export const addressesInConfig = (
  config: JsonObject | null | undefined,
): readonly (readonly [name: string, url: unknown])[] =>
  Object.entries(config ?? {}).filter(([name]) => name.endsWith('_url'));

/**
 * Several times what any provider needs. Host names are resolved two at a time, so a long list would delay everybody.
 */
const MOST_IN_CONFIG = 10;
const tooMany: InputProblem = {
  pointer: '/config',
  detail: `at most ${MOST_IN_CONFIG} addresses, whose names end in _url`,
};

/**
 * Validates the addresses of a service when they are stored. They are validated again on each connect, since DNS may
 * have changed (SSRF protection).
 */
export const outboundUrlProblems = async (
  policy: OutboundPolicy,
  { baseUrl, config }: Addresses,
): Promise<readonly InputProblem[]> => {
  const inConfig = addressesInConfig(config);
  if (inConfig.length > MOST_IN_CONFIG) return [tooMany];
  const addresses: readonly (readonly [string, unknown])[] = [
    ...(typeof baseUrl === 'string' ? [['/base_url', baseUrl] as const] : []),
    ...inConfig.map(([name, url]) => [`/config/${pointerStep(name)}`, url] as const),
  ];
  const problems = await Promise.all(
    addresses.map(async ([pointer, url]): Promise<readonly InputProblem[]> => {
      if (typeof url !== 'string') return [{ pointer, detail: 'a URL' }];
      const checked = await policy.check(url);
      return isLeft(checked) ? [{ pointer, detail: checked.left.detail }] : [];
    }),
  );
  return problems.flat();
};
