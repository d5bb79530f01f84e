import { sendOnce, type Delivery, type Reply } from './sending-webhook.ts';
import type { ServiceProcess } from './service-process.ts';
import { eventually } from './until.ts';

const AWAY = 'database away: ';
const BACK = 'database is back';

/**
 * For tests that claim that no genuine delivery is refused: sends again only after a 503 from a service that has logged
 * the loss of its database. Any other answer is returned.
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
