import { until } from './until.ts';

/**
 * Resolves when everything that this service has answered, or found on its disk at its start, is in the database. If
 * PostgreSQL stalls for a third of a second on a busy machine, calls are answered from the spool, which is shipped a
 * moment later. The log reports this too, but its line may reach the test after the answer.
 */
export const shipped = async ({ url }: { readonly url: string }): Promise<void> => {
  const spooled = async (): Promise<string | undefined> => {
    // If the service has stopped, there is nothing to wait for.
    const answer = await fetch(`${url}/metrics`).catch(() => undefined);
    return /^integration_spool_records (\S+)$/m.exec((await answer?.text()) ?? '')?.[1];
  };
  await until(spooled, (records) => records === undefined || Number(records) === 0);
};
