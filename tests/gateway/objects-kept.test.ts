import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Child, startChild } from "../accounts/support/gateway-child.ts";
import { makeFolder } from "../support/stores.ts";
import { FORM_TYPE, field, form, headOf } from "./audio-support.ts";
import { lineOf, linesOf, objectProviders, publicModels } from "./objects-support.ts";
import { KEY, send } from "./support.ts";

const MEGABYTE = 1024 * 1024;

let simulator: Simulator;
let folder: string;
const children: Child[] = [];
beforeAll(async () => {
  simulator = await startSimulator();
});
beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.end();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => simulator.close());

const start = async (without: readonly string[] = []) => {
  const all = Object.entries(objectProviders(simulator.url)).filter(([name]) => !without.includes(name));
  const config = {
    keys: [{ name: "tests", key: KEY, role: "owner" }],
    providers: Object.fromEntries(all),
    models: publicModels,
  };
  const child = startChild({ folder, config });
  children.push(child);
  return { child, url: await child.listening };
};

const json = (answer: { readonly text: string }) => JSON.parse(answer.text);
const get = (url: string, path: string) => send(url, { method: "GET", path });

test("a batch that was begun before a restart is fetched after it, and billed once", async () => {
  const before = await start();
  const raw = form(
    { name: "file", filename: "a.jsonl", value: linesOf({ text: "[[text 9]]" }) },
    field("purpose", "batch"),
  );
  const file = json(await send(before.url, { path: "/v1/files", raw, headers: FORM_TYPE }));
  const body = { input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  const { id } = json(await send(before.url, { path: "/v1/batches", body }));
  await before.child.end();
  const { url } = await start();
  const batch = json(await get(url, `/v1/batches/${id}`));
  expect(batch.status).toBe("completed");
  const { usage } = JSON.parse((await get(url, `/v1/files/${batch.output_file_id}/content`)).text).response.body;
  const { data } = json(await get(url, "/v1/usage/requests?limit=100"));
  const rows = data.filter((row: { operation: string }) => row.operation === "batch");
  const cost = String(usage.prompt_tokens * 1000 + usage.completion_tokens * 5000);
  expect(rows).toMatchObject([{ state: "settled", cost_nano: cost }]);
});

test("what is kept by a provider that is gone is not found, and says so", async () => {
  const before = await start();
  const raw = form({ name: "file", filename: "a", value: "x" }, field("purpose", "user_data"));
  const { id } = json(await send(before.url, { path: "/v1/files?provider=spare", raw, headers: FORM_TYPE }));
  await before.child.end();
  const { url } = await start(["spare"]);
  const answer = await get(url, `/v1/files/${id}`);
  expect([answer.status, json(answer).error.message]).toEqual([404, expect.stringContaining("'spare'")]);
});

/** In bytes. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function memory(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

describe.skipIf(process.platform !== "linux")("five clients with twenty megabytes of lines each", () => {
  const line = `${lineOf({ text: "word ".repeat(800) })}\n`;
  const lines = Math.ceil((20 * MEGABYTE) / line.length);

  function* body(): Generator<string> {
    yield headOf("file", "lines.jsonl");
    for (let at = 0; at < lines; at += 100) yield line.repeat(Math.min(100, lines - at));
    yield `\r\n${headOf("purpose")}batch\r\n--b--\r\n`;
  }

  const upload = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${KEY}`, ...FORM_TYPE };
      const outgoing = httpRequest(`${url}/v1/files`, { method: "POST", headers, agent: false });
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => void text(incoming).then(resolve, reject));
      Readable.from(body(), { objectMode: false }).pipe(outgoing);
    });

  test("add less than 60 MB to the process, and leave nothing behind", async () => {
    const { child, url } = await start();
    // Until the heap has the size that one upload at a time needs.
    for (let warm = 0; warm < 3; warm += 1) await upload(url);
    const before = memory(child.pid, "VmRSS");
    // Forgets the highest so far. https://docs.kernel.org/filesystems/proc.html
    writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(url)));
    const added = memory(child.pid, "VmHWM") - before;
    console.log(`${Math.round(before / MEGABYTE)} MB before, at most ${Math.round(added / MEGABYTE)} MB more`);
    const renamed = Buffer.byteLength(line.replace('"first/m"', '"m"')) * lines;
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ object: "file", bytes: renamed });
    expect(added).toBeLessThan(60 * MEGABYTE);
    expect(readdirSync(join(folder, "data", "uploads"))).toEqual([]);
  }, 120_000);
});
