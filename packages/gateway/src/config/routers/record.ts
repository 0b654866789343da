import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import { nearestName } from "../nearest.ts";
import { type Codec, complain, inside, mismatch, type Place, type Spelling, silently } from "./codec.ts";

export interface Field<V> {
  /** As it is written, in snake_case. */
  readonly name: string;
  /** Other names under which it is read, in snake_case. */
  readonly aliases: readonly string[];
  readonly required: boolean;
  readonly codec: Codec<V>;
}

/** A description of every field of `T`: the compiler asks for those that are forgotten. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

export function optional<V>(name: string, codec: Codec<V>, aliases: readonly string[] = []): Field<V> {
  return { name, aliases, required: false, codec };
}

export function required<V>(name: string, codec: Codec<V>, aliases: readonly string[] = []): Field<V> {
  return { name, aliases, required: true, codec };
}

export interface RecordOptions {
  /** How its own fields are written, whatever the document around it does. */
  readonly spelling?: Spelling;
  /** Fields that only answers have: who sends an answer back is not told off for them. In camelCase. */
  readonly ignored?: readonly string[];
}

export const toCamel = (name: string): string =>
  name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());

interface Row extends Field<unknown> {
  /** Its name in the value that is read. */
  readonly key: string;
  readonly camel: string;
}

/** An object with these fields and no others, in snake_case or camelCase. `null` is the same as absent. */
export function record<T extends object>(fields: Fields<T>, options: RecordOptions = {}): Codec<T> {
  const described: readonly (readonly [string, Field<unknown>])[] = Object.entries(fields);
  const rows: readonly Row[] = described.map(([key, field]) => ({ key, camel: toCamel(field.name), ...field }));
  const byName = new Map(rows.flatMap((row) => [row.name, ...row.aliases].map((name) => [toCamel(name), row])));
  const bySpelling = new Map([...byName, ...rows.map((row) => [row.name, row] as const)]);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return {
    fields: new Map(rows.flatMap((row) => [row.name, ...row.aliases].map((name) => [toCamel(name), row.codec]))),
    read: (value, place) => {
      if (!isObject(value)) return complain(place, mismatch("an object", value));
      const written = assign(value, { place, byName, bySpelling, ignored: options.ignored ?? [] });
      const entries: (readonly unknown[])[] = [];
      for (const row of rows) {
        const found = readField(row, written.get(row), place);
        if (found !== undefined) entries.push([row.key, found]);
      }
      return Object.fromEntries(entries);
    },
    write: (value, spelling) => writeFields(byKey, value, { own: options.spelling ?? spelling, inner: spelling }),
    locate: (value, [step, ...rest]) => {
      const row = byKey.get(String(step));
      if (row === undefined) return [];
      const source = isObject(value) ? value : {};
      const own = assign(source, { place: silently, byName, bySpelling, ignored: [] }).get(row);
      const key = own?.key ?? (options.spelling === "camel" ? row.camel : row.name);
      return [key, ...row.codec.locate(own?.value, rest)];
    },
  };
}

interface Assigned {
  readonly key: string;
  readonly value: unknown;
}

interface Assignment {
  readonly place: Place;
  /** By every name in camelCase. */
  readonly byName: ReadonlyMap<string, Row>;
  /** By the names as they are usually written: saves most keys from being respelt. */
  readonly bySpelling: ReadonlyMap<string, Row>;
  readonly ignored: readonly string[];
}

/** Which field each key is. Complains of unknown keys, and of two that are the same field. */
function assign(source: JsonObject, { place, byName, bySpelling, ignored }: Assignment): ReadonlyMap<Row, Assigned> {
  const found = new Map<Row, Assigned>();
  for (const [key, value] of Object.entries(source)) {
    const row = bySpelling.get(key) ?? byName.get(toCamel(key));
    if (row === undefined) {
      if (!ignored.includes(toCamel(key))) complain(inside(place, key), unknownField(key, byName));
      continue;
    }
    if (value === null) continue;
    const other = found.get(row);
    if (other === undefined) found.set(row, { key, value });
    else complain(inside(place, key), `says the same as ${other.key}: write one of them`);
  }
  return found;
}

function readField(row: Row, written: Assigned | undefined, place: Place): unknown {
  if (written !== undefined) return row.codec.read(written.value, inside(place, written.key));
  return row.required ? complain(inside(place, row.name), "is missing") : undefined;
}

function unknownField(key: string, byName: ReadonlyMap<string, Row>): string {
  const meant = nearestName(
    toCamel(key),
    [...byName].map(([name]) => name),
  );
  const row = meant === undefined ? undefined : byName.get(meant);
  if (meant === undefined || row === undefined) return "unknown field";
  const snake = [row.name, ...row.aliases].find((name) => toCamel(name) === meant) ?? meant;
  return `unknown field; did you mean ${key.includes("_") ? snake : meant}?`;
}

function writeFields(
  byKey: ReadonlyMap<string, Row>,
  value: object,
  spelling: { readonly own: Spelling; readonly inner: Spelling },
): JsonObject {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const written: Record<string, JsonValue> = {};
  for (const [key, found] of entries) {
    const row = byKey.get(key);
    if (row === undefined || found === undefined) continue;
    written[spelling.own === "camel" ? row.camel : row.name] = row.codec.write(found, spelling.inner);
  }
  return written;
}
