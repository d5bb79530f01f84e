import { readRequests, runRequests } from './batch-requests.ts';
import { matcherOf } from './developer-metadata.ts';
import { gridView } from './grid-view.ts';
import { spreadsheetView } from './metadata-view.ts';
import { inBody, type Method } from './method.ts';
import { checkMembers, fromQuery } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { resolveRange } from './resolve-range.ts';
import { listed } from './values-out.ts';
import type { Workbook } from './workbook.ts';

/** All sheets, or those of the ranges; cells if requested. */
const viewOf = (workbook: Workbook, ranges: readonly string[], withCells: boolean): unknown => {
  const asked = ranges.map((range) => resolveRange(workbook, range));
  if (withCells) {
    const whole = workbook.sheets.map((sheet) => ({ sheet, area: sheet.area }));
    return gridView(workbook, asked.length > 0 ? asked : whole);
  }
  return spreadsheetView(workbook, asked.length > 0 ? asked.map(({ sheet }) => sheet) : workbook.sheets);
};

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

export const get: Method = {
  kind: 'read',
  parameters: ['ranges', 'includeGridData', 'excludeTablesInBandedRanges'],
  prepare: ({ query }) => {
    const withCells = fromQuery(query).flag('includeGridData');
    const ranges = query.getAll('ranges');
    return (workbook) => ({ answer: viewOf(workbook, ranges, withCells) });
  },
};

const batchMembers = [
  'requests',
  'includeSpreadsheetInResponse',
  'responseRanges',
  'responseIncludeGridData',
];

export const batchUpdate: Method = {
  kind: 'write',
  parameters: [],
  prepare: (call) => {
    checkMembers(call.body, batchMembers);
    const requests = readRequests(call.body['requests']);
    const show = inBody(call).flag('includeSpreadsheetInResponse');
    const withCells = inBody(call).flag('responseIncludeGridData');
    const ranges = texts(call.body['responseRanges']);
    return (workbook) => {
      const replies = runRequests(workbook, requests);
      const { spreadsheetId } = workbook;
      const shown = show ? { updatedSpreadsheet: viewOf(workbook, ranges, withCells) } : {};
      return { answer: { spreadsheetId, replies, ...shown } };
    };
  },
};

export const metadataGet: Method = {
  kind: 'read',
  parameters: [],
  prepare: ({ target }) => {
    return ({ metadata }) => {
      const found = metadata.find(({ metadataId }) => metadataId === Number(target));
      if (!found) throw new Refusal('NOT_FOUND', `No developer metadata with id ${target}.`);
      return { answer: found };
    };
  },
};

export const metadataSearch: Method = {
  kind: 'read',
  parameters: [],
  prepare: ({ body }) => {
    checkMembers(body, ['dataFilters']);
    const filters = Array.isArray(body['dataFilters']) ? (body['dataFilters'] as readonly unknown[]) : [];
    const matchers = filters.map((filter) => ({ filter, matches: matcherOf(filter) }));
    return ({ metadata }) => {
      const matched = metadata.flatMap((developerMetadata) => {
        const dataFilters = matchers.flatMap(({ filter, matches }) =>
          matches(developerMetadata) ? [filter] : [],
        );
        return dataFilters.length > 0 ? [{ developerMetadata, dataFilters }] : [];
      });
      return { answer: listed({ matchedDeveloperMetadata: matched }) };
    };
  },
};
