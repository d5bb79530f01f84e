const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Checks ids from callers before they reach a uuid column, where PostgreSQL would raise an error for anything else. */
export const isUuid = (text: string): boolean => UUID.test(text);
