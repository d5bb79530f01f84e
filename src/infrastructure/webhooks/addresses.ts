import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../../domain/webhook/sender/client-address.ts';
import { addressFrom, type IpNetwork } from '../../domain/webhook/sender/ip-address.ts';
import { addressJudge, type AddressVerdict, type IpRangeSets } from '../../domain/webhook/ip-allowlist.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { ipNotation } from './ip-notation.ts';

/** The client's address in canonical form; undefined when it cannot be determined. */
export const clientAddressOf =
  (trustedProxies: readonly IpNetwork[]) =>
  ({ socket, headersDistinct }: IncomingMessage): string | undefined => {
    const forwardedFor = headersDistinct['x-forwarded-for'] ?? [];
    const address = clientAddress(ipNotation, trustedProxies, { peer: socket.remoteAddress, forwardedFor });
    return address && ipNotation.write(address.bytes);
  };

/** Judges an address in canonical form. */
export const addressVerdicts = (
  sets: IpRangeSets,
): ((webhook: WebhookConfig, address: string | undefined) => AddressVerdict) => {
  const judge = addressJudge(ipNotation, sets);
  return (webhook, address) =>
    judge(webhook, address === undefined ? undefined : addressFrom(ipNotation, address));
};
