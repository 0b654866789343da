import { describe, expect, test } from "vitest";
import { openMemoryIndex } from "./memory-index.ts";
import type { SemanticEntry } from "./semantic-index.ts";

const entry = (id: string, more: Partial<SemanticEntry> = {}): SemanticEntry => ({
  id,
  tenant: "org:a",
  bucket: "b",
  vector: Float32Array.of(1, 0),
  order: { stems: ["reset"], related: false },
  expiresAt: 1000,
  ...more,
});
const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

describe("questions in memory", () => {
  test("are found by how near they are, in their bucket, until they expire", async () => {
    let time = 0;
    const index = openMemoryIndex({ entries: 10, bytes: 100_000, now: () => time });
    await index.keep(entry("near", { vector: Float32Array.of(0.8, 0.6) }));
    await index.keep(entry("far", { vector: Float32Array.of(0, 1), expiresAt: 5000 }));
    await index.keep(entry("other", { bucket: "c" }));
    await index.keep(entry("flat", { vector: Float32Array.of(1) }));
    expect(idsOf(await index.nearest("b", Float32Array.of(1, 0), 5))).toEqual(["near", "far"]);
    expect(idsOf(await index.nearest("b", Float32Array.of(1, 0), 1))).toEqual(["near"]);
    time = 1000;
    expect(idsOf(await index.nearest("b", Float32Array.of(1, 0), 5))).toEqual(["far"]);
    expect(await index.holds("c")).toBe(false);
    expect((await index.size()).entries).toBe(1);
  });

  test("go when there are too many, the ones used longest ago first", async () => {
    const index = openMemoryIndex({ entries: 2, bytes: 100_000, now: () => 0 });
    await index.keep(entry("one", { bucket: "1" }));
    await index.keep(entry("two", { bucket: "2" }));
    await index.nearest("1", Float32Array.of(1, 0), 5);
    await index.keep(entry("three", { bucket: "3" }));
    expect([await index.holds("1"), await index.holds("2"), await index.holds("3")]).toEqual([true, false, true]);
  });

  test("stay within their bytes", async () => {
    const index = openMemoryIndex({ entries: 1000, bytes: 5000, now: () => 0 });
    for (let count = 0; count < 50; count += 1) await index.keep(entry(`${count}`));
    const { entries, bytes } = await index.size();
    expect(entries).toBeGreaterThan(5);
    expect(bytes).toBeLessThanOrEqual(5000);
    await index.remove(Array.from({ length: 50 }, (_, id) => `${id}`));
    expect(await index.size()).toEqual({ entries: 0, bytes: 0 });
  });
});
