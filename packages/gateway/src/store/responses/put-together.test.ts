import { expect, test } from "vitest";
import { putTogether } from "./put-together.ts";

function gated() {
  const batches: (readonly number[])[] = [];
  const opened: (() => void)[] = [];
  const put = putTogether<number>(async (rows) => {
    batches.push(rows);
    await new Promise<void>((resolve) => opened.push(resolve));
    if (rows.includes(13)) throw new Error("unlucky");
  });
  const open = async () => {
    while (opened.length === 0) await Promise.resolve();
    opened.shift()?.();
  };
  return { batches, put, open };
}

test("the first is written at once, and what comes meanwhile together", async () => {
  const { batches, put, open } = gated();
  const all = [put(1), put(2), put(3)];
  expect(batches).toEqual([[1]]);
  await open();
  await open();
  await Promise.all(all);
  expect(batches).toEqual([[1], [2, 3]]);
  const later = put(4);
  await open();
  await later;
  expect(batches.at(-1)).toEqual([4]);
});

test("who cannot be written fails alone", async () => {
  const { batches, put, open } = gated();
  const first = put(1);
  const unlucky = expect(put(13)).rejects.toThrow("unlucky");
  const lucky = put(2);
  for (let at = 0; at < 4; at++) await open();
  await Promise.all([first, unlucky, lucky]);
  expect(batches).toEqual([[1], [13, 2], [13], [2]]);
});
