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
