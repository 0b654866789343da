import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkReply, checkUpstream } from "../clients/examples/check.ts";
import type { Example } from "../clients/examples/example.ts";
import { formBytes } from "../clients/examples/form.ts";
import { examples } from "../clients/examples/index.ts";
import { startMemory } from "../clients/examples/memory.ts";
import { vendorKeys, vendorProviders, vendorSearch } from "../clients/examples/vendors.ts";
import { type Rig, send, startRig } from "./support.ts";

/** The examples of the four vendors' documents as bytes; `tests/clients` sends them with curl and with the official SDKs. */

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: vendorKeys,
    moreProviders: vendorProviders,
    moreConfig: vendorSearch,
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const memory = startMemory();

async function run(example: Example): Promise<void> {
  const { path, method, headers = {}, body, form, faults = [] } = memory.fill(example);
  for (const fault of faults) rig.simulator.faults.push(fault);
  const written = form === undefined ? { raw: body, headers: {} } : await formBytes(form);
  const call = {
    path,
    ...(method === undefined ? {} : { method }),
    ...(written.raw === undefined ? {} : { raw: written.raw }),
  };
  const reply = await send(rig.gateway.url, {
    ...call,
    headers: { authorization: "", ...headers, ...written.headers },
  });
  checkReply(example, reply);
  memory.keep(example, reply);
  checkUpstream(example.expects, rig.simulator.journal.entries);
}

describe.each(Object.entries(examples))("%s", (_vendor, rows) => {
  for (const example of rows) {
    const register = example.gap === undefined ? test : test.fails;
    register(`${example.name} (${example.source})`, () => run(example));
  }
});

test("with responseModel: target, the model of Inworld's example is Inworld's", async () => {
  const own = await startRig({ responseModel: "target", moreProviders: vendorProviders });
  const body = { model: "openai/gpt-4o", messages: [{ role: "user", content: "Hello!" }] };
  try {
    const { text } = await send(own.gateway.url, { path: "/v1/chat/completions", body });
    expect(JSON.parse(text)).toMatchObject({ model: "openai/gpt-4o" });
  } finally {
    await own.close();
  }
});

test("every example stands under a name of its own", () => {
  const names = Object.values(examples)
    .flat()
    .map(({ name, source }) => `${source} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});
