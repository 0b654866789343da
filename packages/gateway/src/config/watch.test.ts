import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type FileWatch, watchFile } from "./watch.ts";

const open: FileWatch[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

function watched(): { readonly file: string; readonly changed: () => number } {
  const file = join(mkdtempSync(join(tmpdir(), "signalbox-watch-")), "signalbox.yaml");
  writeFileSync(file, "a: 1");
  const listener = vi.fn();
  open.push(watchFile(file, listener));
  return { file, changed: () => listener.mock.calls.length };
}

test("tells of a file that was written", async () => {
  const { file, changed } = watched();
  writeFileSync(file, "a: 2");
  await vi.waitFor(() => expect(changed()).toBe(1), { timeout: 5000 });
});

test("tells of a file that was replaced, as editors do", async () => {
  const { file, changed } = watched();
  writeFileSync(`${file}.new`, "a: 3");
  renameSync(`${file}.new`, file);
  await vi.waitFor(() => expect(changed()).toBe(1), { timeout: 5000 });
});

test("tells once of several writes, and not of a text that stayed the same", async () => {
  const { file, changed } = watched();
  for (let n = 0; n < 5; n++) writeFileSync(file, `a: ${n}`);
  await vi.waitFor(() => expect(changed()).toBe(1), { timeout: 5000 });
  writeFileSync(file, "a: 4");
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(changed()).toBe(1);
});
