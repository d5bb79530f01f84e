import { isDeepStrictEqual } from 'node:util';

import { isRecord } from '../stand-in.ts';
import { invalid } from './refusal.ts';

export type DimensionRange = {
  readonly sheetId: number;
  readonly dimension: 'ROWS' | 'COLUMNS';
  readonly startIndex: number;
  readonly endIndex: number;
};

export type MetadataLocation = {
  readonly locationType: 'SPREADSHEET' | 'SHEET' | 'ROW' | 'COLUMN';
  readonly spreadsheet?: true;
  readonly sheetId?: number;
  readonly dimensionRange?: DimensionRange;
};

export type DeveloperMetadata = {
  readonly metadataId: number;
  readonly metadataKey: string;
  readonly metadataValue?: string;
  readonly location: MetadataLocation;
  readonly visibility: 'DOCUMENT' | 'PROJECT';
};

/** The most characters of keys and values on the spreadsheet itself, and on each sheet with its rows and columns. */
const mostCharacters = 30_000;

const isSheetId = (value: unknown): value is number => Number.isInteger(value);

const readDimension = (value: unknown): MetadataLocation => {
  if (!isRecord(value)) throw invalid('location must be specified.');
  const { sheetId = 0, dimension, startIndex = 0, endIndex } = value;
  const one = Number.isInteger(startIndex) && endIndex === Number(startIndex) + 1;
  if (!isSheetId(sheetId) || (dimension !== 'ROWS' && dimension !== 'COLUMNS') || !one) {
    throw invalid('dimensionRange must represent a single row or column.');
  }
  return {
    locationType: dimension === 'ROWS' ? 'ROW' : 'COLUMN',
    dimensionRange: { sheetId, dimension, startIndex: Number(startIndex), endIndex: Number(endIndex) },
  };
};

const readLocation = (value: unknown): MetadataLocation => {
  if (!isRecord(value)) throw invalid('location must be specified.');
  if (value['spreadsheet'] === true) return { locationType: 'SPREADSHEET', spreadsheet: true };
  if (isSheetId(value['sheetId'])) return { locationType: 'SHEET', sheetId: value['sheetId'] };
  return readDimension(value['dimensionRange']);
};

/** Undefined for the spreadsheet. */
export const sheetOf = ({ sheetId, dimensionRange }: MetadataLocation): number | undefined =>
  sheetId ?? dimensionRange?.sheetId;

const sizeOf = ({ metadataKey, metadataValue = '' }: DeveloperMetadata): number =>
  metadataKey.length + metadataValue.length;

const checkSize = (all: readonly DeveloperMetadata[], added: DeveloperMetadata): void => {
  const place = sheetOf(added.location);
  const used = [...all, added]
    .filter(({ location }) => sheetOf(location) === place)
    .reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (used > mostCharacters) {
    throw invalid(`The developer metadata is limited to ${mostCharacters} characters for each location.`);
  }
};

const readId = (value: unknown, all: readonly DeveloperMetadata[]): number => {
  if (value === undefined) return Math.max(0, ...all.map(({ metadataId }) => metadataId)) + 1;
  if (!Number.isInteger(value)) throw invalid('metadataId must be an integer.');
  const id = Number(value);
  if (all.some(({ metadataId }) => metadataId === id)) {
    throw invalid(`A developer metadata with id ${id} already exists.`);
  }
  return id;
};

/** Reads `createDeveloperMetadata.developerMetadata`; the id is unique in the spreadsheet. */
export const readMetadata = (value: unknown, all: readonly DeveloperMetadata[]): DeveloperMetadata => {
  if (!isRecord(value)) throw invalid('developerMetadata must be specified.');
  const { metadataKey, metadataValue, visibility } = value;
  const metadataId = readId(value['metadataId'], all);
  if (typeof metadataKey !== 'string' || metadataKey === '') throw invalid('metadataKey must be specified.');
  if (visibility !== 'DOCUMENT' && visibility !== 'PROJECT') throw invalid('visibility must be specified.');
  const entry: DeveloperMetadata = {
    metadataId,
    metadataKey,
    ...(typeof metadataValue === 'string' ? { metadataValue } : {}),
    location: readLocation(value['location']),
    visibility,
  };
  checkSize(all, entry);
  return entry;
};

const lookupFields = ['metadataId', 'metadataKey', 'metadataValue', 'visibility'] as const;

/** Matches by a data filter; every field of its lookup must be equal. */
export const matcherOf = (filter: unknown): ((entry: DeveloperMetadata) => boolean) => {
  const lookup = isRecord(filter) ? filter['developerMetadataLookup'] : undefined;
  if (!isRecord(lookup)) throw invalid('Only developerMetadataLookup filters are known to the sandbox.');
  const place =
    lookup['metadataLocation'] === undefined ? undefined : readLocation(lookup['metadataLocation']);
  const type = lookup['locationType'];
  return (entry) =>
    lookupFields.every((name) => lookup[name] === undefined || lookup[name] === entry[name]) &&
    (type === undefined || type === entry.location.locationType) &&
    (place === undefined || isDeepStrictEqual(place, entry.location));
};
