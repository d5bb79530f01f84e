/**
 * The part of a spreadsheet's URL between "/d/" and "/edit". Google documents only the characters; known ids have 44.
 * The limit keeps it a path segment that may be logged and indexed. Full URLs are not accepted, because they would
 * determine which path is called.
 */
export const SPREADSHEET_ID = /^[A-Za-z0-9_-]{1,200}$/;

export const isSpreadsheetId = (text: string): boolean => SPREADSHEET_ID.test(text);
