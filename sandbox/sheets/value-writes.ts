import { isRecord } from '../stand-in.ts';
import { appendAt, choosePlace, insertOptions, type Append } from './append-values.ts';
import { inBody, type Method, type MethodCall } from './method.ts';
import { checkMembers, fromQuery, Parameters } from './parameters.ts';
import { invalid, Refusal } from './refusal.ts';
import { echo, resolveRange } from './resolve-range.ts';
import { listed } from './values-out.ts';
import { dimensions, readValues } from './values-in.ts';
import type { Workbook } from './workbook.ts';
import { totalsOf, updateAnswer, writeRange, type Written } from './write-values.ts';

const writing = [
  'valueInputOption',
  'includeValuesInResponse',
  'responseValueRenderOption',
  'responseDateTimeRenderOption',
];
const rangeMembers = ['range', 'majorDimension', 'values'];

const dimensionOf = (range: Readonly<Record<string, unknown>>) =>
  new Parameters((name) => range[name]).word('majorDimension', dimensions) ?? 'ROWS';

/** The body of a write may repeat the range of the path, and must then refer to the same one. */
const checkRepeated = (workbook: Workbook, { target, body }: MethodCall): void => {
  if (typeof body['range'] !== 'string') return;
  const [asked, repeated] = [target, body['range']].map((range) => {
    const { sheet, area } = resolveRange(workbook, range);
    return echo(sheet, area);
  });
  if (asked !== repeated) {
    throw invalid(`Requested writing within range [${asked}], but the value range is for [${repeated}]`);
  }
};

export const valuesUpdate: Method = {
  kind: 'write',
  parameters: writing,
  prepare: (call) => {
    checkMembers(call.body, rangeMembers, 'data');
    const parameters = fromQuery(call.query);
    const include = parameters.included();
    const values = readValues(call.body['values'], dimensionOf(call.body), 'data.values');
    const option = parameters.inputOption();
    return (workbook) => {
      checkRepeated(workbook, call);
      const written = writeRange(workbook, call.target, values, option);
      return { answer: updateAnswer(workbook.spreadsheetId, written, include) };
    };
  },
};

export const valuesAppend: Method = {
  kind: 'write',
  parameters: ['insertDataOption', ...writing],
  prepare: (call) => {
    checkMembers(call.body, rangeMembers, 'data');
    const parameters = fromQuery(call.query);
    const append: Append = {
      range: call.target,
      values: readValues(call.body['values'], dimensionOf(call.body), 'data.values'),
      option: parameters.inputOption(),
      insert: parameters.word('insertDataOption', insertOptions) ?? 'OVERWRITE',
      include: parameters.included(),
    };
    return (workbook) => {
      checkRepeated(workbook, call);
      const place = choosePlace(workbook, append);
      return { sheetId: place.sheetId, later: (current) => appendAt(current, append, place) };
    };
  },
};

const dataOf = (body: Readonly<Record<string, unknown>>) => {
  const data = Array.isArray(body['data']) ? (body['data'] as readonly unknown[]) : [];
  return data.map((part, index) => {
    const fields = isRecord(part) ? part : {};
    checkMembers(fields, rangeMembers, `data[${index}]`);
    const values = readValues(fields['values'], dimensionOf(fields), `data[${index}].values`);
    return { range: typeof fields['range'] === 'string' ? fields['range'] : '', values };
  });
};

export const valuesBatchUpdate: Method = {
  kind: 'write',
  parameters: [],
  prepare: (call) => {
    checkMembers(call.body, ['data', ...writing]);
    const parameters = inBody(call);
    const include = parameters.included();
    const data = dataOf(call.body);
    const option = parameters.inputOption();
    return (workbook) => {
      const written = data.map(({ range, values }, index): Written => {
        try {
          return writeRange(workbook, range, values, option);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new Refusal(error.status, `Invalid data[${index}]: ${error.message}`, error.details);
        }
      });
      const { spreadsheetId } = workbook;
      const responses = written.map((one) => updateAnswer(spreadsheetId, one, include));
      return { answer: { spreadsheetId, ...totalsOf(written), ...listed({ responses }) } };
    };
  },
};
