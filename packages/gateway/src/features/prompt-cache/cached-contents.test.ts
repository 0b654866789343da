import { expect, it } from "vitest";
import { createCachedContents } from "./cached-contents.ts";

it("knows a cache until it ends", () => {
  const caches = createCachedContents();
  caches.made("a", "cachedContents/1", 1000);
  expect(caches.nameOf("a", 999)).toBe("cachedContents/1");
  expect(caches.nameOf("a", 1000)).toBeUndefined();
  expect(caches.nameOf("b", 1)).toBeUndefined();
});

it("counts the sightings of a prefix within a time", () => {
  const caches = createCachedContents();
  for (const at of [100, 200, 300]) caches.sighted("a", at);
  expect(caches.sightings("a", 100)).toBe(2);
  expect(caches.sightings("b", 0)).toBe(0);
});

it("lets one at a time make a cache, and nobody for a while after a failure", () => {
  const caches = createCachedContents();
  expect(caches.claim("a", 0)).toBe(true);
  expect(caches.claim("a", 1)).toBe(false);
  caches.failed("a", 500);
  expect(caches.claim("a", 499)).toBe(false);
  expect(caches.claim("a", 501)).toBe(true);
  caches.made("a", "cachedContents/1", 1000);
  expect(caches.claim("a", 600)).toBe(false);
  expect(caches.claim("a", 1001)).toBe(true);
});

it("forgets what the upstream does not have any more", () => {
  const caches = createCachedContents();
  caches.made("a", "cachedContents/1", 1000);
  caches.forget("cachedContents/1");
  expect(caches.nameOf("a", 1)).toBeUndefined();
  expect(caches.claim("a", 1)).toBe(true);
});

it("remembers no more than its limit, the oldest goes first", () => {
  const caches = createCachedContents(2);
  for (const prefix of ["a", "b", "c"]) caches.made(prefix, `name-${prefix}`, 1000);
  expect(caches.size()).toBe(2);
  expect(caches.nameOf("a", 1)).toBeUndefined();
  expect(caches.nameOf("c", 1)).toBe("name-c");
});
