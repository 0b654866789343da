import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { routerFor, startGuardedRig } from "./guardrails-support.ts";
import { objectIn } from "./routing-support.ts";
import { type Call, type DIALECTS, KEY, type Rig, send } from "./support.ts";

const MAIL = "ada@example.org";
const CARD = "4111 1111 1111 1111";
const FOUND = /ada@example|4111 1111/;

let rig: Rig;
beforeAll(async () => {
  rig = await startGuardedRig({ keys: [{ name: "tests", key: KEY, role: "owner" }] });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

type DialectName = (typeof DIALECTS)[number];

const PATHS: Readonly<Record<DialectName, (model: string) => Call>> = {
  "openai-chat": () => ({ path: "/v1/chat/completions" }),
  "openai-responses": () => ({ path: "/v1/responses" }),
  "anthropic-messages": () => ({ path: "/v1/messages", headers: { "anthropic-version": "2023-06-01" } }),
  gemini: (model) => ({ path: `/v1beta/models/${model}:generateContent` }),
};

const call = (dialect: DialectName, policy: string, body: object): Call => {
  const model = routerFor(policy, dialect);
  const named = dialect === "gemini" ? body : { model, ...body };
  return { ...PATHS[dialect](model), body: named };
};

const user = { role: "user", content: "hello" };
const asked = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const object = { type: "object", properties: { to: { type: "string" } } };
const found = JSON.stringify({ rows: [{ note: `first\n${CARD}\t${MAIL}` }] });

/** Where in a request a person's words may stand. */
const PLACES: readonly (readonly [DialectName, string, object])[] = [
  ["openai-chat", "a system message", { messages: [{ role: "system", content: `I am ${MAIL}` }, user] }],
  ["openai-chat", "a developer's message later on", { messages: [user, { role: "developer", content: MAIL }, user] }],
  ["openai-chat", "the name of who speaks", { messages: [{ ...user, name: MAIL }] }],
  ["openai-chat", "a prediction", { messages: [user], prediction: { type: "content", content: `${MAIL}\n${CARD}` } }],
  ["openai-chat", "metadata", { messages: [user], metadata: { who: MAIL }, store: true }],
  [
    "openai-chat",
    "what a tool is for",
    {
      messages: [user],
      tools: [{ type: "function", function: { name: "mail", description: `Writes to ${MAIL}`, parameters: object } }],
    },
  ],
  [
    "openai-chat",
    "JSON that a tool has answered",
    {
      messages: [
        user,
        {
          role: "assistant",
          tool_calls: [{ id: "c1", type: "function", function: { name: "mail", arguments: `{"to":"\\n${MAIL}"}` } }],
        },
        { role: "tool", tool_call_id: "c1", content: found },
      ],
      tools: [{ type: "function", function: { name: "mail", parameters: object } }],
    },
  ],
  ["openai-responses", "instructions", { instructions: `I am ${MAIL}`, input: "hello" }],
  ["openai-responses", "an item of the developer's", { input: [{ role: "developer", content: MAIL }, user] }],
  ["openai-responses", "metadata", { input: "hello", metadata: { who: MAIL } }],
  [
    "openai-responses",
    "what a function has answered",
    {
      input: [
        user,
        { type: "function_call", call_id: "c1", name: "mail", arguments: `{"to":"${MAIL}"}` },
        { type: "function_call_output", call_id: "c1", output: found },
      ],
      tools: [{ type: "function", name: "mail", parameters: object, strict: false }],
    },
  ],
  [
    "anthropic-messages",
    "the system prompt",
    { system: [{ type: "text", text: MAIL }], max_tokens: 99, messages: [user] },
  ],
  [
    "anthropic-messages",
    "a document's text, title and context",
    {
      max_tokens: 99,
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              title: `Of ${MAIL}`,
              context: `From ${MAIL}`,
              source: { type: "text", media_type: "text/plain", data: CARD },
            },
            { type: "text", text: "hello" },
          ],
        },
      ],
    },
  ],
  [
    "anthropic-messages",
    "results of tools",
    {
      max_tokens: 99,
      messages: [
        user,
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_1", name: "mail", input: { to: MAIL, card: 4111111111111111 } }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: found }] }],
        },
      ],
      tools: [{ name: "mail", description: `Writes to ${MAIL}`, input_schema: object }],
    },
  ],
  [
    "anthropic-messages",
    "search results of the client's own",
    {
      max_tokens: 99,
      messages: [
        {
          role: "user",
          content: [
            {
              type: "search_result",
              source: "https://e.example",
              title: `Of ${MAIL}`,
              content: [{ type: "text", text: MAIL }],
            },
            { type: "text", text: "hello" },
          ],
        },
      ],
    },
  ],
  ["gemini", "the system instruction", { ...asked, systemInstruction: { parts: [{ text: MAIL }] } }],
  [
    "gemini",
    "what a function has answered",
    {
      contents: [
        ...asked.contents,
        { role: "model", parts: [{ functionCall: { name: "mail", args: { to: `\n${MAIL}` } } }] },
        {
          role: "user",
          parts: [{ functionResponse: { name: "mail", response: { note: `first\n${CARD} "${MAIL}"` } } }],
        },
      ],
      tools: [{ functionDeclarations: [{ name: "mail", description: `To ${MAIL}`, parameters: object }] }],
    },
  ],
  ["gemini", "labels", { ...asked, labels: { who: MAIL } }],
];

const wire = () => rig.simulator.journal.entries.map(({ body }) => body.toString()).join("\n");

describe.each(PLACES)("personal data in %s: %s", (dialect, _place, body) => {
  it("is hidden from the upstream", async () => {
    const answer = await send(rig.gateway.url, call(dialect, "redact", body));
    expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
    expect(wire()).toMatch(/EMAIL_1/);
    expect(wire()).not.toMatch(FOUND);
    expect(wire()).not.toContain("4111111111111111");
  });

  it("is a reason to refuse it", async () => {
    expect((await send(rig.gateway.url, call(dialect, "block-pii", body))).status).toBe(400);
    expect(rig.simulator.journal.entries).toEqual([]);
  });
});

describe("what a tool has answered in JSON", () => {
  it("is JSON for the upstream too", async () => {
    const place = PLACES.find(([dialect, name]) => dialect === "gemini" && name === "what a function has answered");
    await send(rig.gateway.url, call("gemini", "redact", place?.[2] ?? {}));
    const [entry] = rig.simulator.journal.entries;
    expect(JSON.stringify(objectIn(entry?.json)["contents"])).toContain(
      JSON.stringify({ note: 'first\n<CARD_1> "<EMAIL_1>"' }),
    );
  });
});
