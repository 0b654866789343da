import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, startChild } from "../accounts/support/gateway-child.ts";
import { makeFolder } from "../support/stores.ts";
import { FORM_TYPE, headOf } from "./audio-support.ts";
import { KEY } from "./support.ts";

const MEGABYTE = 1024 * 1024;
const SIZE = 20 * MEGABYTE;
const CLIENTS = 10;
const MOST_ADDED = 60 * MEGABYTE;

/** Half a megabyte, over and over: the clients' files must not be what this process is busy with. */
const BLOCK = Buffer.alloc(MEGABYTE / 2, "sound ");

const expected = createHash("sha256");
for (let at = 0; at < SIZE; at += BLOCK.length) expected.update(BLOCK);
const DIGEST = expected.digest("hex");

const MODEL = `${headOf("model")}sim/m\r\n`;

function* body(order: "model first" | "file first"): Generator<string | Buffer> {
  if (order === "model first") yield MODEL;
  yield headOf("file", "sound.mp3");
  for (let at = 0; at < SIZE; at += BLOCK.length) yield BLOCK;
  yield `\r\n${order === "file first" ? MODEL : ""}--b--\r\n`;
}

function upload(url: string, order: "model first" | "file first"): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${KEY}`, ...FORM_TYPE };
    const outgoing = httpRequest(`${url}/v1/audio/transcriptions`, { method: "POST", headers, agent: false });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => void text(incoming).then(resolve, reject));
    Readable.from(body(order), { objectMode: false }).pipe(outgoing);
  });
}

/** In bytes. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function memory(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

describe.skipIf(process.platform !== "linux")("ten clients with twenty megabytes of sound each", () => {
  let simulator: Simulator;
  let gateway: Child;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    simulator = await startSimulator();
    folder = makeFolder();
    const sim = { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: `${simulator.url}/v1` } } };
    gateway = startChild({ folder, config: { keys: [{ name: "tests", key: KEY }], providers: { sim } } });
    url = await gateway.listening;
  });
  afterAll(async () => {
    await gateway.end();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const order of ["model first", "file first"] as const) {
    test(`add less than 60 MB to the process (${order})`, async () => {
      // The code is loaded by the first.
      await upload(url, order);
      const before = memory(gateway.pid, "VmRSS");
      // Forgets the highest so far. https://docs.kernel.org/filesystems/proc.html
      writeFileSync(`/proc/${gateway.pid}/clear_refs`, "5");
      const answers = await Promise.all(Array.from({ length: CLIENTS }, () => upload(url, order)));
      const added = memory(gateway.pid, "VmHWM") - before;
      console.log(
        `${order}: ${Math.round(before / MEGABYTE)} MB before, at most ${Math.round(added / MEGABYTE)} MB more`,
      );
      for (const answer of answers) expect(answer).toContain(`Heard ${SIZE} bytes of sound.mp3: ${DIGEST}.`);
      expect(added).toBeLessThan(MOST_ADDED);
      expect(readdirSync(join(folder, "data", "uploads"))).toEqual([]);
    });
  }
});
