import { valuesBatchClear, valuesClear } from './clear-values.ts';
import type { Method } from './method.ts';
import { valuesBatchGet, valuesGet } from './read-values.ts';
import type { MethodName } from './routes.ts';
import { batchUpdate, get, metadataGet, metadataSearch } from './spreadsheet-methods.ts';
import { valuesAppend, valuesBatchUpdate, valuesUpdate } from './value-writes.ts';

export const methods: Readonly<Record<MethodName, Method>> = {
  get,
  batchUpdate,
  'values.get': valuesGet,
  'values.update': valuesUpdate,
  'values.append': valuesAppend,
  'values.clear': valuesClear,
  'values.batchGet': valuesBatchGet,
  'values.batchUpdate': valuesBatchUpdate,
  'values.batchClear': valuesBatchClear,
  'developerMetadata.get': metadataGet,
  'developerMetadata.search': metadataSearch,
};
