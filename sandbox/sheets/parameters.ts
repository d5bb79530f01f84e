import { invalid, Refusal, unknownName, unreadable } from './refusal.ts';
import { dimensions, inputOptions, type InputOption } from './values-in.ts';
import { dateOptions, renderOptions, type Rendering } from './values-out.ts';

/** Parameters that every Google API accepts. */
const common = ['$.xgafv', 'access_token', 'alt', 'fields', 'key', 'prettyPrint', 'quotaUser', 'uploadType'];

const types: Readonly<Record<string, string>> = {
  majorDimension: 'Dimension',
  valueInputOption: 'ValueInputOption',
  insertDataOption: 'AppendValuesRequest.InsertDataOption',
  valueRenderOption: 'ValueRenderOption',
  responseValueRenderOption: 'ValueRenderOption',
  dateTimeRenderOption: 'DateTimeRenderOption',
  responseDateTimeRenderOption: 'DateTimeRenderOption',
};

const snake = (name: string): string => name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);

/** Typed values of a query or a body: they are parsed before the spreadsheet is looked up. */
export class Parameters {
  readonly #valueOf: (name: string) => unknown;

  constructor(valueOf: (name: string) => unknown) {
    this.#valueOf = valueOf;
  }

  /** Undefined if it is missing, empty or the UNSPECIFIED value of its type. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.#valueOf(name) ?? '';
    if (value === '' || (typeof value === 'string' && value.endsWith('_UNSPECIFIED'))) return undefined;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw unreadable(snake(name), `type.googleapis.com/google.apps.sheets.v4.${types[name] ?? name}`, value);
  }

  flag(name: string): boolean {
    const value = this.#valueOf(name) ?? false;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false' || value === '') return false;
    throw unreadable(snake(name), 'TYPE_BOOL', value);
  }

  inputOption(): InputOption {
    const option = this.word('valueInputOption', inputOptions);
    if (option === undefined) throw invalid("'valueInputOption' is required but not specified");
    return option;
  }

  rendering(): Rendering {
    return {
      render: this.word('valueRenderOption', renderOptions) ?? 'FORMATTED_VALUE',
      dates: this.word('dateTimeRenderOption', dateOptions) ?? 'SERIAL_NUMBER',
      dimension: this.word('majorDimension', dimensions) ?? 'ROWS',
    };
  }

  /** How to return what was written, if requested. */
  included(): Rendering | undefined {
    const rendering: Rendering = {
      render: this.word('responseValueRenderOption', renderOptions) ?? 'FORMATTED_VALUE',
      dates: this.word('responseDateTimeRenderOption', dateOptions) ?? 'SERIAL_NUMBER',
      dimension: 'ROWS',
    };
    return this.flag('includeValuesInResponse') ? rendering : undefined;
  }
}

export const fromQuery = (query: URLSearchParams): Parameters => new Parameters((name) => query.get(name));

/** Google, too, treats a misspelt parameter name as the caller's error. */
export const checkNames = (query: URLSearchParams, known: readonly string[]): void => {
  const unknown = [...query.keys()].filter((name) => !known.includes(name) && !common.includes(name));
  if (unknown.length === 0) return;
  const texts = unknown.map(
    (name) =>
      `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. ` +
      `Field '${name}' could not be found in request message.`,
  );
  const fieldViolations = texts.map((description) => ({ description }));
  throw new Refusal('INVALID_ARGUMENT', texts.join('\n'), [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations },
  ]);
};

/** The members of a body, or of its `field`, are bound by name: an unknown one is refused, not ignored. */
export const checkMembers = (
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  field?: string,
): void => {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName(unknown, field);
};
