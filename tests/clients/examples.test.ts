import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Sender } from "./drivers/examples.ts";
import { findPython } from "./drivers/index.ts";
import { checkReply, checkUpstream } from "./examples/check.ts";
import { curl } from "./examples/curl.ts";
import type { Example } from "./examples/example.ts";
import { examples } from "./examples/index.ts";
import { documented } from "./examples/inworld-routers.ts";
import { startMemory } from "./examples/memory.ts";
import { OWN_HEADERS, type SdkCall, type SdkReply, sdkCall } from "./examples/sdk.ts";
import { KEY, vendorConfiguration } from "./examples/vendors.ts";
import { type Gateway, startGateway } from "./gateway.ts";

/** The examples of the four vendors' documents: by curl, and by the libraries that their pages use. */

interface Client {
  readonly name: string;
  readonly send: Sender;
}

const python = findPython();
const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const drivers = installed ? await import("./drivers/examples.ts") : undefined;
const processes =
  drivers === undefined || python === undefined
    ? []
    : [false, true].map((flattened) => ({
        name: flattened ? "Python, extra_body at the root" : "Python",
        ...drivers.pythonExamples(python, flattened),
      }));
const clients: readonly Client[] =
  drivers === undefined ? [] : [{ name: "JavaScript", send: drivers.javascript }, ...processes];

let simulator: Simulator;
let gateway: Gateway;

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url, vendorConfiguration(simulator.url));
});
afterAll(async () => {
  for (const { close } of processes) close();
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => {
  simulator.journal.clear();
  simulator.faults.clear();
});

const all = Object.entries(examples);
const memory = startMemory();
const registerFor = ({ gap }: Example) => (gap === undefined ? test : test.fails);
const titleOf = ({ name, source }: Example) => `${name} (${source})`;
const injure = ({ faults = [] }: Example) => {
  for (const fault of faults) simulator.faults.push(fault);
};

describe.each(all)("%s, by curl", (_vendor, rows) => {
  for (const example of rows) {
    registerFor(example)(titleOf(example), async () => {
      injure(example);
      const reply = await curl(gateway.url, memory.fill(example));
      checkReply(example, reply);
      memory.keep(example, reply);
      checkUpstream(example.expects, simulator.journal.entries);
    });
  }
});

const withoutOwn = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));

/** A library shows less than the bytes: its object, or the text of its events. */
function checkObject({ expects }: Example, { library, stream }: SdkCall, { object, text }: SdkReply): void {
  if (stream || library === "google") expect(text).toContain("You said: ");
  else if (expects.body !== undefined) expect(object).toMatchObject(expects.body);
  // What an upstream refuses is learned by the gateway, so that a second client sees one call where the first saw two.
  const upstream = expects.upstream?.map((wanted) => ({ ...wanted, headers: withoutOwn(wanted.headers ?? {}) }));
  const last = upstream?.at(-1);
  if (upstream?.length === 1) checkUpstream({ upstream }, simulator.journal.entries);
  else if (last !== undefined) checkUpstream({ upstream: [last] }, simulator.journal.entries.slice(-1));
}

describe.each(clients)("by the libraries in $name", ({ name, send }) => {
  beforeAll(async () => {
    for (const body of documented) {
      const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
      const { status } = await fetch(`${gateway.url}/router/v1/routers`, { method: "POST", headers, body });
      expect([200, 409]).toContain(status);
    }
  });

  for (const [vendor, rows] of all) {
    for (const example of rows) {
      const call = sdkCall(example);
      const repeats = name.includes("root") && !("extra_body" in (call?.body ?? {}));
      if (call === undefined || repeats) continue;
      registerFor(example)(`${vendor}, ${call.library}: ${titleOf(example)}`, async () => {
        injure(example);
        checkObject(example, call, await send(gateway.url, call));
      });
    }
  }
});
