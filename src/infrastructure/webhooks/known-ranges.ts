import type { ManagedList } from '../../domain/webhook/ip-allowlist.ts';

/**
 * The published address ranges of the senders as of November 2026, used where no `IP_RANGES_PATH` is given: GitHub's
 * `hooks` of api.github.com/meta with those of its changelog of 29 October 2026,
 * stripe.com/files/ips/ips_webhooks.json, and the two networks of core.telegram.org/bots/webhooks. They change: who
 * enforces them has to keep that file up to date.
 */
export const knownRanges: { readonly [L in ManagedList]: readonly string[] } = {
  github: [
    '192.30.252.0/22',
    '185.199.108.0/22',
    '140.82.112.0/20',
    '143.55.64.0/20',
    '9.234.98.160/28',
    '9.234.98.176/28',
    '9.234.106.48/28',
    '2a0a:a440::/29',
    '2606:50c0::/32',
  ],
  stripe: [
    '3.18.12.63',
    '3.69.109.8',
    '3.120.168.93',
    '3.130.192.231',
    '13.235.14.237',
    '13.235.122.149',
    '18.211.135.69',
    '35.154.171.200',
    '35.157.207.129',
    '52.15.183.38',
    '54.88.130.119',
    '54.88.130.237',
    '54.187.174.169',
    '54.187.205.235',
    '54.187.216.72',
  ],
  telegram: ['149.154.160.0/20', '91.108.4.0/22'],
};
