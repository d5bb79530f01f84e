import { readFileSync } from 'node:fs';

type Fixtures = {
  readonly cases: readonly { readonly id: string; readonly response: { readonly body: unknown } }[];
};

/** The body of one recorded exchange, as the provider sent it. */
export const recordedAnswer = (file: string, id: string): string => {
  const path = new URL(`../fixtures/${file}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as Fixtures;
  const found = cases.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no recorded exchange "${id}" in ${file}`);
  return JSON.stringify(found.response.body);
};
