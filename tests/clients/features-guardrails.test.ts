import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Surface } from "./driver.ts";
import type { Json, Seen } from "./drivers/feature-clients.ts";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type FeatureRig, installed, SURFACES, startFeatureRig, upstreams } from "./features-rig.ts";
import { gatewayKey } from "./gateway.ts";

/** Personal data, and judges in and out, as the vendors' own libraries meet them. */

const clients = installed ? await import("./drivers/feature-clients.ts") : undefined;
const python = findPython();

const POLICIES = {
  redact: { pii: { action: "redact" } },
  "block-pii": { pii: { action: "block" } },
  "block-in": { moderation: { model: "judge/mod", input: "block" } },
  "block-out": { moderation: { model: "judge/mod", output: "block" } },
};

let rig: FeatureRig;
beforeAll(async () => {
  rig = await startFeatureRig({
    providers: (url) => ({
      judge: {
        auth: "none",
        models: ["mod"],
        operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } },
      },
    }),
    more: () => ({
      routers: Object.entries(POLICIES).flatMap(([name, guardrails]) =>
        SURFACES.map((dialect) => ({
          name: `${name}-${upstreams[dialect]}`,
          guardrails,
          defaultRoute: { variants: [{ variant: { modelId: `${upstreams[dialect]}/m` }, weight: 100 }] },
        })),
      ),
    }),
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const routerFor = (policy: keyof typeof POLICIES, upstream: Surface) => `router/${policy}-${upstreams[upstream]}`;

interface Way {
  readonly surface: Surface;
  readonly upstream: Surface;
  readonly stream: boolean;
}

interface Words {
  readonly text: string;
  readonly more?: Json;
}

function ask({ surface, stream }: Way, model: string, { text, more = {} }: Words): Promise<Seen> {
  if (clients === undefined) throw new Error("no libraries");
  const body = { ...clients.questionFor(surface, text), ...more };
  return clients.askers[surface]({ target: rig.target(model), body, stream });
}

const sent = () =>
  rig.simulator.journal.entries
    .filter(({ url }) => !url.includes("moderations"))
    .map(({ body }) => String(body))
    .join("\n");

const MAIL = "ada.lovelace@example.org";
const IBAN = "DE89 3704 0044 0532 0130 00";
const LETTER = `Dear ${MAIL}, we have noted ${IBAN} as yours, and shall write to ${MAIL} again.`;

/** What the library's own object says, or of a stream its helper's. */
const SAYS: Readonly<Record<Surface, (object: Json) => string>> = {
  "openai-chat": (object) => object.choices[0].message.content,
  "openai-responses": (object) =>
    object.output.flatMap(({ content = [] }: Json) => content.map((one: Json) => one.text)).join(""),
  "anthropic-messages": (object) => object.content.map(({ text }: Json) => text).join(""),
  gemini: (object) => object.candidates[0].content.parts.map(({ text }: Json) => text).join(""),
};

const MAIL_TOOL = { type: "object", properties: { to: { type: "string" } }, required: ["to"] };
const TOOLS: Readonly<Record<Surface, Json>> = {
  "openai-chat": { tools: [{ type: "function", function: { name: "mail", parameters: MAIL_TOOL } }] },
  "openai-responses": { tools: [{ type: "function", name: "mail", parameters: MAIL_TOOL, strict: false }] },
  "anthropic-messages": { tools: [{ name: "mail", input_schema: MAIL_TOOL }] },
  gemini: { config: { tools: [{ functionDeclarations: [{ name: "mail", parametersJsonSchema: MAIL_TOOL }] }] } },
};
const CALLED: Readonly<Record<Surface, (object: Json) => Json>> = {
  "openai-chat": (object) => JSON.parse(object.choices[0].message.tool_calls[0].function.arguments),
  "openai-responses": (object) =>
    JSON.parse(object.output.find(({ type }: Json) => type === "function_call").arguments),
  "anthropic-messages": (object) => object.content.find(({ type }: Json) => type === "tool_use").input,
  gemini: (object) => object.candidates[0].content.parts.find((part: Json) => part.functionCall).functionCall.args,
};

/** How an answer that a filter has taken ends, in each vendor's words. */
const FILTERED: Readonly<Record<Surface, (object: Json) => Json>> = {
  "openai-chat": (object) => [object.choices[0].finish_reason, object.choices[0].message.content ?? ""],
  "openai-responses": (object) => [object.incomplete_details?.reason, SAYS["openai-responses"](object)],
  "anthropic-messages": (object) => [object.stop_reason, SAYS["anthropic-messages"](object)],
  gemini: (object) => [object.candidates[0].finishReason, ""],
};
const ENDS: Readonly<Record<Surface, string>> = {
  "openai-chat": "content_filter",
  "openai-responses": "content_filter",
  "anthropic-messages": "refusal",
  gemini: "SAFETY",
};

const WAYS: readonly Way[] = SURFACES.flatMap((surface, at) =>
  [surface, SURFACES[(at + 1) % SURFACES.length] ?? surface].flatMap((upstream) =>
    [false, true].map((stream) => ({ surface, upstream, stream })),
  ),
);

describe.skipIf(!installed).each(WAYS)("$surface to $upstream, streamed: $stream", (way) => {
  const { surface, upstream } = way;

  test("hides personal data from the model, and puts it back wherever chunks end", async () => {
    const seen = await ask(way, routerFor("redact", upstream), { text: `[[say ${LETTER}]]` });
    expect(SAYS[surface](seen.object)).toBe(LETTER);
    expect(sent()).toContain("<EMAIL_1>");
    for (const value of [MAIL, IBAN]) expect(sent()).not.toContain(value);
    expect(JSON.stringify(seen.events)).not.toContain("EMAIL_1");
  });

  test("puts it back in the arguments of a call", async () => {
    const text = `[[tool mail {"to":"${MAIL}"}]]`;
    const seen = await ask(way, routerFor("redact", upstream), { text, more: TOOLS[surface] });
    expect(CALLED[surface](seen.object)).toEqual({ to: MAIL });
    expect(sent()).not.toContain(MAIL);
  });

  test.each([
    ["block-pii", `I am ${MAIL}.`, "personal data (email)"],
    ["block-in", "I will kill it.", "violence"],
  ] as const)("raises its own error for a bad request where %s", async (policy, text, words) => {
    const asked = ask(way, routerFor(policy, upstream), { text });
    await expect(asked).rejects.toBeInstanceOf(clients?.badRequest[surface]);
    const error = await asked.catch((thrown: Json) => thrown);
    expect([error.status, error.message]).toEqual([400, expect.stringContaining(words)]);
    if (surface.startsWith("openai")) expect(error.code).toBe("content_policy_violation");
    expect(error.message).not.toContain(MAIL);
    expect(sent()).toBe("");
  });

  test("ends an answer that was blocked as its vendor's filter does", async () => {
    const seen = await ask(way, routerFor("block-out", upstream), { text: "[[say They will kill it.]]" });
    expect(FILTERED[surface](seen.object)).toEqual([ENDS[surface], ""]);
    expect(JSON.stringify([seen.object, seen.events])).not.toContain("kill");
    const fine = await ask(way, routerFor("block-out", upstream), { text: "[[say They will mend it.]]" });
    expect(SAYS[surface](fine.object)).toBe("They will mend it.");
  });
});

describe.skipIf(python === undefined).each(SURFACES)("in Python, %s", (surface) => {
  const child = new PythonProcess(python ?? "", "features.py");
  afterAll(() => child.close());
  const run = (policy: keyof typeof POLICIES, text: string, stream = true) =>
    child.send({
      gateway: rig.gateway.url,
      key: gatewayKey,
      operation: "say",
      surface,
      stream,
      model: routerFor(policy, "openai-chat"),
      text,
    });

  test("personal data stands in a stream again", async () => {
    const { reply, failure } = await run("redact", `[[say ${LETTER}]]`);
    if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
    expect(reply.object).toMatchObject({ text: LETTER });
    expect(sent()).not.toContain(MAIL);
  });

  test("a blocked request is its error for a bad request, a blocked answer ends as filtered", async () => {
    const { failure } = await run("block-in", "I will kill it.");
    expect(failure).toMatchObject({ name: surface === "gemini" ? "ClientError" : "BadRequestError", status: 400 });
    for (const stream of [false, true]) {
      const { reply } = await run("block-out", "[[say They will kill it.]]", stream);
      expect(reply?.object).toEqual({ text: "", end: ENDS[surface] });
    }
  });
});
