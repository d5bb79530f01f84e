import type * as Google from '@googleapis/sheets';

export type GoogleClient = typeof Google;
export type SheetsClient = Google.sheets_v4.Sheets;
export type SheetsOptions = Google.MethodOptions;

let loading: Promise<GoogleClient> | undefined;
let sheets: SheetsClient | undefined;

/** Loaded with the first call: a service without spreadsheets never spends the 70 ms and 20 MB. */
export const googleClient = (): Promise<GoogleClient> => (loading ??= import('@googleapis/sheets'));

/** Without state: credentials and URL are passed with each call. */
export const sheetsClient = async (): Promise<SheetsClient> => {
  const google = await googleClient();
  // Otherwise a variable of the environment decides which cloud is used.
  return (sheets ??= google.sheets({ version: 'v4', universeDomain: 'googleapis.com' }));
};

/** The library passes on anything but a plain object without copying it. */
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
 * Keeps the library from copying a body of cells, which it does three times with a plain object before writing it: with
 * the largest allowed bodies, the process was blocked for seconds.
 */
export const uncopied = <Body extends object>(body: Body): Body => new Uncopied(body) as unknown as Body;
