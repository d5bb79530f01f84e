import { until } from './until.ts';

/**
 * Resolves when whatever this service has answered, or found on its disk at its start, is in the database. A machine
 * that lets PostgreSQL stand still for a third of a second has calls answered from a spool, which is shipped a moment
 * later. The log says so, too, but its line may reach the test after the answer.
 */
export const shipped = async ({ url }: { readonly url: string }): Promise<void> => {
  const spooled = async (): Promise<string | undefined> => {
    // Of one that has been stopped, nothing is waited for.
    const answer = await fetch(`${url}/metrics`).catch(() => undefined);
    return /^integration_spool_records (\S+)$/m.exec((await answer?.text()) ?? '')?.[1];
  };
  await until(spooled, (records) => records === undefined || Number(records) === 0);
};
