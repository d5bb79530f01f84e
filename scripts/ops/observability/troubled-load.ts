import type { ApiClient } from '../../../test/support/api-client.ts';
import type { CommandSender } from '../../../test/support/command-sender.ts';
import { registerGoogle, registerYandex, type Gateway } from '../../../test/support/gateway.ts';
import { registerWebhook, send } from '../../../test/support/sending-webhook.ts';
import { github } from '../../../test/support/signing-senders.ts';

export const TENANT = 'uk_company_1';
const POINTS = {
  origin: { latitude: 41.3, longitude: 69.24 },
  destination: { latitude: 41.31, longitude: 69.28 },
};
/** This many failures in a row make a service unhealthy. Probes count too, and no breaker stops them. */
const PROBES = 10;

const geocode = (api: ApiClient, address: string, headers: Readonly<Record<string, string>> = {}) =>
  api.post('/geocoding/geocode', { address }, headers);
const FRESH = { 'cache-control': 'no-cache' };

/**
 * A few seconds of everything that metrics report: hits, misses, fallback, refused keys, time-outs, stale answers,
 * failures, used-up quotas, accepted and refused webhooks. Repeated, so that rates are computed from more than one
 * sample.
 */
export const troubledLoad = (gateway: Gateway, commands: CommandSender) => {
  const { sandbox } = gateway;
  let round = 0;

  const register = async () => {
    const calm = await gateway.administrator(TENANT);
    const google = await registerGoogle(calm, sandbox);
    await registerYandex(calm, sandbox);
    // A tenant whose quota is soon used up, without a fallback.
    const tight = await gateway.administrator('uk_company_2');
    await registerGoogle(tight, sandbox, { rate_limit_per_minute: 3 });
    // A tenant with a key that the provider refuses.
    const refused = await gateway.administrator('uk_company_3');
    await registerGoogle(refused, sandbox, { api_key: 'SANDBOX-BAD' });
    const hook = await registerWebhook(gateway, 'github');
    return { calm, google, tight, refused, hook };
  };
  const parties = register();

  return {
    /** All is well except for the quota of one tenant and the key of another. */
    calm: async (): Promise<void> => {
      const { calm, tight, refused, hook } = await parties;
      round += 1;
      const delivery = github(hook, `{"number":${round}}`, { 'x-github-event': 'issues' });
      const street = `Ташкент, улица Навои, ${round}`;
      await Promise.all([geocode(calm, street), geocode(tight, street), geocode(refused, street)]);
      await Promise.all([
        ...Array.from({ length: 5 }, () => geocode(calm, street)),
        calm.post('/geocoding/reverse', { latitude: 41.3 + round / 1_000, longitude: 69.24 }),
        calm.post('/geocoding/distance', POINTS),
        geocode(tight, `${street} a`),
        commands.send('integration.command.geocode', { address: street }),
        commands.send('integration.command.geocode', {}),
        send(hook.url, delivery),
        send(hook.url, { ...delivery, body: 'forged' }),
      ]);
    },
    /** Every provider fails: a stale answer, an error, a time-out, an unhealthy service. */
    storm: async (): Promise<void> => {
      const { calm, google } = await parties;
      sandbox.control({ mode: 'hang' });
      await geocode(calm, `Ташкент, улица Бабура, ${round}`, { 'x-request-deadline-ms': '200' });
      sandbox.control({ mode: '503' });
      await geocode(calm, 'Ташкент, улица Навои, 1', FRESH);
      await geocode(calm, `Ташкент, улица Бабура, ${round}`);
      for (let probe = 0; probe < PROBES; probe += 1)
        await calm.post(`/services/${google.id}/health-checks`, {});
    },
    clear: (): void => sandbox.control({ mode: null }),
  };
};
