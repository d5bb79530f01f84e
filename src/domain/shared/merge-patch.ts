import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** RFC 7396: members replace members, objects are merged into objects, and `null` takes a member away. */
export const mergePatch = (target: Json | undefined, patch: JsonObject): JsonObject => {
  const merged = new Map<string, Json>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, isObject(value) ? mergePatch(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
};

const isObject = (value: Json | undefined): value is JsonObject => isJsonObject(value);
