import { sendOnce, type Delivery, type Reply } from './sending-webhook.ts';
import type { ServiceProcess } from './service-process.ts';
import { eventually } from './until.ts';

const AWAY = 'database away: ';
const BACK = 'database is back';

/**
 * Where the claim is that no true delivery is refused: sends again only after a 503 of a service that has lost its
 * database, and says so. Any other is heard.
 */
export const sendPastLoss = async (
  service: Pick<ServiceProcess, 'output'>,
  url: string,
  delivery: Delivery,
): Promise<Reply> => {
  for (;;) {
    const from = service.output().length;
    const reply = await sendOnce(url, delivery);
    if (reply.status !== 503) return reply;
    await eventually('the loss of the database that a 503 came from', async () => {
      const said = service.output();
      const wasAway = said.lastIndexOf(AWAY, from) > said.lastIndexOf(BACK, from);
      return wasAway || said.includes(AWAY, from) || undefined;
    });
  }
};
