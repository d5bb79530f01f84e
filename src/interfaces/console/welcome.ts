import { resolve } from 'node:path';
import { localUrl } from './local-url.ts';
import { shellWord } from './shell-word.ts';

type Welcome = {
  readonly host: string;
  readonly port: number;
  readonly tenant: string;
  readonly projectFolder: string;
  /** Undefined with an operator's own database or keys for tokens, whose credentials are his to hand out. */
  readonly embeddedDataDir: string | undefined;
};

/**
 * What a newcomer sees: where the service listens, and one line to try it, which works from any folder. The line
 * fetches its token itself, so that no credential is printed.
 */
export const welcome = ({ host, port, tenant, projectFolder, embeddedDataDir }: Welcome): string => {
  const url = localUrl(host, port);
  const heading = `\nIntegration Service listens on ${url}  (documentation: ${url}/docs)\n`;
  if (embeddedDataDir === undefined) return heading;
  const token = `DATA_DIR=${shellWord(resolve(embeddedDataDir))} npm --prefix ${shellWord(resolve(projectFolder))} run --silent token -- --tenant ${tenant} --admin`;
  return `${heading}Try it:\n\ncurl -sS -i ${shellWord(`${url}/geocoding/geocode`)} -H "Authorization: Bearer $(${token})" -H 'X-Management-Company-Id: ${tenant}' -H 'Content-Type: application/json' -d '{"address":"Ташкент"}'\n\n`;
};
