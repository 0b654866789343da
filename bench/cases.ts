/** One request, sent over and over. */
export interface Shot {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What a whole answer contains, so that an error is never counted as a fast success. */
  readonly proof: string;
}

/** The same work three ways: straight through nginx, through the passthrough lane, through the translate lane. */
export interface Case {
  readonly name: string;
  readonly requests: number;
  readonly plain: Shot;
  readonly passthrough: Shot;
  readonly translate: Shot;
}

export const KEY = "bench-key-of-32-characters-12345";

const KILOBYTE_OF_TEXT = "The signal is clear and the line ahead is free. ".repeat(18);

const json = { "content-type": "application/json" };
const anthropicVersion = { "anthropic-version": "2023-06-01" };
const withKey = { ...json, authorization: `Bearer ${KEY}` };

const chat = (model: string, text: string, stream: boolean) =>
  JSON.stringify({ model, stream, messages: [{ role: "user", content: text }] });

const messages = (model: string, text: string, stream: boolean) =>
  JSON.stringify({ model, max_tokens: 1024, stream, messages: [{ role: "user", content: text }] });

/** As many tools and as long a system prompt as a coding agent sends: about 300 KB. */
function agentBody(model: string): string {
  const tools = Array.from({ length: 24 }, (_, index) => ({
    name: `tool_${index}`,
    description: KILOBYTE_OF_TEXT.repeat(4),
    input_schema: {
      type: "object",
      properties: { path: { type: "string" }, line: { type: "integer" } },
      required: ["path"],
    },
  }));
  const turns = Array.from({ length: 100 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: [{ type: "text", text: KILOBYTE_OF_TEXT.repeat(2) }],
  }));
  return JSON.stringify({
    model,
    max_tokens: 4096,
    stream: true,
    system: [{ type: "text", text: KILOBYTE_OF_TEXT.repeat(20), cache_control: { type: "ephemeral" } }],
    tools,
    messages: [...turns, { role: "user", content: "Say hello." }],
  });
}

const CHAT = "/v1/chat/completions";
const MESSAGES = "/v1/messages";

export const CASES: readonly [Case, ...Case[]] = [
  {
    name: "1 KB chat",
    requests: 3000,
    plain: { path: CHAT, headers: json, body: chat("sim", KILOBYTE_OF_TEXT, false), proof: "finish_reason" },
    passthrough: {
      path: CHAT,
      headers: withKey,
      body: chat("chat/sim", KILOBYTE_OF_TEXT, false),
      proof: "finish_reason",
    },
    translate: {
      path: MESSAGES,
      headers: { ...withKey, ...anthropicVersion },
      body: messages("chat/sim", KILOBYTE_OF_TEXT, false),
      proof: "stop_reason",
    },
  },
  {
    name: "64-event stream",
    requests: 400,
    plain: { path: CHAT, headers: json, body: chat("sim", "[[stream 64]] [[fault pace=1]]", true), proof: "[DONE]" },
    passthrough: {
      path: CHAT,
      headers: withKey,
      body: chat("chat/sim", "[[stream 64]] [[fault pace=1]]", true),
      proof: "[DONE]",
    },
    translate: {
      path: MESSAGES,
      headers: { ...withKey, ...anthropicVersion },
      body: messages("chat/sim", "[[stream 64]] [[fault pace=1]]", true),
      proof: "message_stop",
    },
  },
  {
    name: "300 KB agent body",
    requests: 300,
    plain: { path: MESSAGES, headers: { ...json, ...anthropicVersion }, body: agentBody("sim"), proof: "message_stop" },
    passthrough: {
      path: MESSAGES,
      headers: { ...withKey, ...anthropicVersion },
      body: agentBody("messages/sim"),
      proof: "message_stop",
    },
    translate: {
      path: MESSAGES,
      headers: { ...withKey, ...anthropicVersion },
      body: agentBody("chat/sim"),
      proof: "message_stop",
    },
  },
];
