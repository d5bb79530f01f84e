import type * as Google from '@googleapis/sheets';

export type GoogleClient = typeof Google;
export type SheetsClient = Google.sheets_v4.Sheets;
export type SheetsOptions = Google.MethodOptions;

let loading: Promise<GoogleClient> | undefined;
let sheets: SheetsClient | undefined;

/** Loaded with the first call: a service without spreadsheets never spends the 70 ms and 20 MB. */
export const googleClient = (): Promise<GoogleClient> => (loading ??= import('@googleapis/sheets'));

/** Without state: who asks, and where, is said with each call. */
export const sheetsClient = async (): Promise<SheetsClient> => {
  const google = await googleClient();
  // Else a variable of the environment decides which cloud is meant.
  return (sheets ??= google.sheets({ version: 'v4', universeDomain: 'googleapis.com' }));
};

/** Anything but a plain object is passed on as it is. */
class Uncopied {
  readonly #body: object;
  constructor(body: object) {
    this.#body = body;
  }
  toJSON(): object {
    return this.#body;
  }
}

/**
 * A body of cells for the client, which copies plain ones three times before it writes them: with the largest that
 * callers may send the process stood still for seconds, in which nobody else is served.
 */
export const uncopied = <Body extends object>(body: Body): Body => new Uncopied(body) as unknown as Body;
