/** A value that `JSON.parse` can return. Numbers beyond 2^53 may be raw JSON boxes: see `json/parse.ts`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}
