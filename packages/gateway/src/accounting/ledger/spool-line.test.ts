import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { admission, attempt, settlement } from "../../../../../tests/ledger/entries.ts";
import { type Admission, type AttemptRow, cacheStatuses, type Settlement } from "../../store/ledger/ledger-rows.ts";
import { admissionLine, readLine, settlementLine, writeAdmission } from "./spool-line.ts";

const text = fc.string({ unit: "binary", maxLength: 30 });
const count = fc.nat();
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const defined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const admissions: fc.Arbitrary<Admission> = fc
  .record({
    key: text,
    team: maybe(text),
    org: maybe(text),
    session: maybe(text),
    agent: maybe(text),
    router: maybe(text),
    stream: fc.boolean(),
  })
  .map((fields) => admission(defined(fields)));

const attempts: fc.Arbitrary<AttemptRow> = fc
  .record({
    provider: text,
    credential: maybe(text),
    error: maybe(text),
    firstTokenMs: maybe(count),
    usage: maybe(fc.record({ inputTokens: count, webSearches: maybe(count) }).map(defined)),
    costNano: maybe(count),
    unpriced: fc.constantFrom(true, undefined),
    estimated: fc.constantFrom(true, undefined),
    serviceTier: maybe(text),
  })
  .map((fields) => attempt(defined(fields)));

const settlements: fc.Arbitrary<Partial<Settlement>> = fc
  .record({
    state: fc.constantFrom("settled", "cancelled", "failed", "unknown"),
    error: maybe(text),
    attempts: fc.array(attempts, { maxLength: 3 }),
    dropped: fc.array(text, { maxLength: 3 }),
    unpriced: fc.boolean(),
    cache: maybe(fc.constantFrom(...cacheStatuses)),
    answeredFrom: maybe(fc.record({ provider: text, model: text })),
    savings: maybe(
      fc
        .record({
          cacheNano: maybe(fc.integer()),
          compressionNano: maybe(fc.integer()),
          routingNano: maybe(fc.integer()),
          unpriced: fc.constantFrom(true, undefined),
        })
        .map(defined),
    ),
  })
  .map(defined);

test("a line says what was written, whatever it was", () => {
  fc.assert(
    fc.property(admissions, settlements, (admitted, fields) => {
      const written = writeAdmission(admitted);
      const first = admissionLine(written);
      const end = settlement(admitted.id, fields);
      const second = settlementLine(written, end);
      expect(first.split("\n")).toHaveLength(2);
      expect(second.split("\n")).toHaveLength(2);
      expect(readLine(first.trimEnd())).toEqual({ admission: admitted });
      expect(readLine(second.trimEnd())).toEqual({ admission: admitted, settlement: end });
    }),
  );
});

test("a line that was cut or changed anywhere says nothing", () => {
  const admitted = admission();
  const line = settlementLine(writeAdmission(admitted), settlement(admitted.id)).trimEnd();
  for (let at = 0; at < line.length; at += 1) {
    expect(readLine(line.slice(0, at))).toBeUndefined();
    const other = line[at] === "1" ? "2" : "1";
    expect(readLine(line.slice(0, at) + other + line.slice(at + 1))).toBeUndefined();
  }
  expect(readLine(`${line}x`)).toBeUndefined();
});

test("what says nothing of cache and savings is as short as ever, and what says more than is known is read", () => {
  const admitted = admission();
  const end = settlement(admitted.id);
  const line = settlementLine(writeAdmission(admitted), end).trimEnd();
  expect(line.endsWith(",[]]]")).toBe(true);
  const more = `${line.slice(9, -2)},["miss",null,null,true,-5,null,null,false,"later"],"later"]]`;
  const read = readLine(`${crc32(more).toString(16).padStart(8, "0")} ${more}`);
  expect(read?.settlement).toEqual({ ...end, cache: "miss", savings: { cacheNano: -5 } });
});

test("a whole line of another shape says nothing", () => {
  for (const shape of ['["a",[]]', '["x"]', "{}", '["s",1,2]', "null"]) {
    expect(readLine(admissionLine("0").slice(0, 9) + shape)).toBeUndefined();
  }
  expect(readLine(admissionLine("[1,2]").trimEnd())).toBeUndefined();
});
