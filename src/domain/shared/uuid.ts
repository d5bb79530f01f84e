const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids from outside are asked this before they reach a uuid column, which would throw on anything else. */
export const isUuid = (text: string): boolean => UUID.test(text);
