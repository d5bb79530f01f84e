import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../../domain/webhook/client-address.ts';
import { addressFrom, addressText, type IpNetwork } from '../../domain/webhook/ip-address.ts';
import { addressJudge, type IpRangeSets } from '../../domain/webhook/ip-allowlist.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { ipNotation } from './ip-notation.ts';

type Received = Pick<IncomingMessage, 'headersDistinct'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/** Whose request it is, in canonical form; undefined when nobody knows. */
export const senderAddressOf =
  (trustedProxies: readonly IpNetwork[]) =>
  ({ socket, headersDistinct }: Received): string | undefined => {
    const forwardedFor = headersDistinct['x-forwarded-for'] ?? [];
    const address = clientAddress(ipNotation, trustedProxies, { peer: socket.remoteAddress, forwardedFor });
    return address && addressText(ipNotation, address);
  };

/** Whether a sender is on the allowlist of a webhook, or none is looked at. Nobody knows an address: no. */
export const listedSenders = (
  sets: IpRangeSets,
): ((webhook: WebhookConfig, address: string | undefined) => boolean) => {
  const judge = addressJudge(ipNotation, sets);
  return (webhook, address) => judge(webhook, addressFrom(ipNotation, address ?? '')) === 'admitted';
};
