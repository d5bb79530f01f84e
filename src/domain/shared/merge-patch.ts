import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** JSON Merge Patch (RFC 7396): objects are merged, other values replace, and `null` removes a member. */
export const mergePatch = (target: Json | undefined, patch: JsonObject): JsonObject => {
  const merged = new Map<string, Json>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, isObject(value) ? mergePatch(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
};

const isObject = (value: Json | undefined): value is JsonObject => isJsonObject(value);
