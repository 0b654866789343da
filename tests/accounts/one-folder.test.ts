import { afterEach, beforeEach, expect, test } from "vitest";
import { ask } from "./support/asking.ts";
import { closeBooks } from "./support/kill-runs.ts";
import { makeSite, type Site } from "./support/site.ts";

const KEY = "the-key-of-one-folder";
let site: Site;
beforeEach(async () => {
  site = await makeSite({ keys: [{ name: "one", key: KEY }] });
});
afterEach(() => site.close());

const call = (url: string, name: string) =>
  ask(url, { dialect: "gemini", key: KEY, model: "chat/m", text: `${name} hello`, session: name });

test("a second process on one data folder is refused in clear words, and disturbs nobody", async () => {
  const first = site.start(0);
  const url = await first.listening;
  const second = site.start(0);
  expect(await second.ended).toBe(1);
  const [sentence = "", advice = ""] = second.said().trim().split("\n");
  expect(sentence).toBe(
    `The data folder ${site.folders[0]}/data is in use by another Signalbox (process ${first.pid}).`,
  );
  expect(advice).toMatch(/^Stop that one, choose another folder with --data, or keep the data in PostgreSQL/);
  expect((await call(url, "undisturbed")).status).toBe(200);
  await first.end("SIGKILL");
  const third = await site.start(0).listening;
  expect((await call(third, "afterwards")).status).toBe(200);
  expect((await closeBooks(site, [third], [])).sums).toMatchObject({ requests: 2, unknown: 0 });
});

test("of ten processes that start at once on one data folder one is let in", { timeout: 60_000 }, async () => {
  const children = Array.from({ length: 10 }, () => site.start(0));
  const outcomes = await Promise.allSettled(children.map(({ listening }) => listening));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const [index, { status }] of outcomes.entries()) {
    if (status === "rejected") expect(await children[index]?.ended).toBe(1);
  }
});
