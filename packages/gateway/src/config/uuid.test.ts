import { expect, test } from "vitest";
import { timeOfUuid, uuidV7 } from "./uuid.ts";

test("a UUID tells when it was made, and sorts by it", () => {
  const early = uuidV7(Date.UTC(2026, 10, 21));
  const late = uuidV7(Date.UTC(2026, 10, 22));
  expect(timeOfUuid(early)).toBe(Date.UTC(2026, 10, 21));
  expect(early < late).toBe(true);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("many made at once differ", () => {
  const made = Array.from({ length: 20_000 }, () => uuidV7(1));
  expect(new Set(made).size).toBe(made.length);
});

test.each(["", "9b365b38-0000-4000-8000-000000000000", "' OR 1=1"])("%j tells no time", (text) => {
  expect(timeOfUuid(text)).toBeUndefined();
});
