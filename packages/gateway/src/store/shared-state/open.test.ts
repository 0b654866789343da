import { createServer } from "node:net";
import { expect, test } from "vitest";
import { secret } from "../../config/secret.ts";
import { createLogger } from "../../observe/log.ts";
import { MemoryState } from "./memory.ts";
import { openSharedState } from "./open.ts";

const log = createLogger("silent");

test("without Redis this process counts", async () => {
  expect(await openSharedState({ log })).toBeInstanceOf(MemoryState);
});

test("a URL that is none of Redis is refused, and not told", async () => {
  const opening = openSharedState({ redis: secret("postgres://ann:correct-horse@host/db"), log });
  await expect(opening).rejects.toMatchObject({ name: "StoreError", code: "invalid" });
  await expect(opening).rejects.not.toThrow(/correct-horse/);
});

test("a Redis that takes connections and never says anything is away, and does not keep anybody from starting", async () => {
  const silent = createServer();
  const port = await new Promise<number>((resolve) => {
    silent.listen(0, "127.0.0.1", () => {
      const address = silent.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const state = await openSharedState({ redis: secret(`redis://127.0.0.1:${port}`), log });
  expect(state.isAvailable()).toBe(false);
  await state.close();
  silent.close();
});
