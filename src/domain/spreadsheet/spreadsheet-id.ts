/**
 * What stands between "/d/" and "/edit" in the address of a spreadsheet. Google says no more of it than the letters;
 * known ones have 44, the limit keeps it a path segment that may be logged and indexed. An address is not an id:
 * it would choose what path is called.
 */
export const SPREADSHEET_ID = /^[A-Za-z0-9_-]{1,200}$/;

export const isSpreadsheetId = (text: string): boolean => SPREADSHEET_ID.test(text);
