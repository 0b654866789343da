import { type JsonObject, scanObject } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { type SurfaceDialect, surfaceDialects } from "../config/quirks.ts";
import { requestSample } from "./request-sample.ts";
import { sessionOf } from "./session.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function session(dialect: SurfaceDialect, body: JsonObject, headers: Headers = {}): string {
  const bytes = Buffer.from(JSON.stringify(body));
  return sessionOf({ bytes, scan: scanObject(bytes), dialect, headers });
}

function sample(dialect: SurfaceDialect, body: JsonObject) {
  const bytes = Buffer.from(JSON.stringify(body));
  return requestSample({ bytes, scan: scanObject(bytes), dialect });
}

type Turn = { readonly user?: string; readonly assistant?: string; readonly tool?: string };

const chatMessage = ({ user, assistant, tool }: Turn): JsonObject =>
  user !== undefined
    ? { role: "user", content: user }
    : assistant !== undefined
      ? { role: "assistant", content: assistant }
      : { role: "tool", tool_call_id: "c", content: tool ?? "" };

/** The newest message carries the cache breakpoint, as Anthropic's clients move it. */
const anthropicMessage = ({ user, assistant, tool }: Turn, isNewest: boolean): JsonObject => ({
  role: assistant === undefined ? "user" : "assistant",
  content: [
    {
      ...(tool === undefined
        ? { type: "text", text: user ?? assistant ?? "" }
        : { type: "tool_result", tool_use_id: "c", content: tool }),
      ...(isNewest ? { cache_control: { type: "ephemeral" } } : {}),
    },
  ],
});

const responsesItem = ({ user, assistant, tool }: Turn): JsonObject =>
  tool !== undefined
    ? { type: "function_call_output", call_id: "c", output: tool }
    : user !== undefined
      ? { role: "user", content: [{ type: "input_text", text: user }] }
      : { role: "assistant", content: [{ type: "output_text", text: assistant ?? "" }] };

const geminiContent = ({ user, assistant, tool }: Turn): JsonObject => ({
  role: assistant === undefined ? "user" : "model",
  parts:
    tool === undefined
      ? [{ text: user ?? assistant ?? "" }]
      : [{ functionResponse: { name: "f", response: { output: tool } } }],
});

const tools = [{ type: "function", function: { name: "read" } }];

const bodies: Readonly<Record<SurfaceDialect, (turns: readonly Turn[], system: string) => JsonObject>> = {
  "openai-chat": (turns, system) => ({
    model: "m",
    messages: [{ role: "system", content: system }, ...turns.map(chatMessage)],
    tools,
  }),
  "openai-responses": (turns, system) => ({ instructions: system, input: turns.map(responsesItem), tools }),
  "anthropic-messages": (turns, system) => ({
    system: [{ type: "text", text: system }],
    messages: turns.map((turn, index) => anthropicMessage(turn, index === turns.length - 1)),
    tools,
  }),
  gemini: (turns, system) => ({
    systemInstruction: { parts: [{ text: system }] },
    contents: turns.map(geminiContent),
    tools,
  }),
};

const conversation: readonly Turn[] = [
  { user: "Fix the parser" },
  { assistant: "Reading." },
  { tool: "file contents" },
  { assistant: "Done." },
  { user: "Now the tests" },
];

describe.each(surfaceDialects)("a conversation in %s without a name", (dialect) => {
  const body = bodies[dialect];
  const turns = [1, 3, 5].map((count) => conversation.slice(0, count));

  it("keeps its id while it grows", () => {
    const ids = turns.map((some) => session(dialect, body(some, "You are careful.")));
    expect(new Set(ids).size).toBe(1);
  });

  it("differs from others by its first words and by its instructions", () => {
    const ids = [
      session(dialect, body(conversation, "You are careful.")),
      session(dialect, body(conversation, "You are bold.")),
      session(dialect, body([{ user: "Fix the lexer" }], "You are careful.")),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it("is sampled at its beginning and its newest words of the user, and tool results are no turns", () => {
    expect(sample(dialect, body(conversation, "You are careful."))).toEqual({
      system: "You are careful.",
      firstUser: "Fix the parser",
      lastUser: "Now the tests",
      turns: 2,
    });
    expect(sample(dialect, body(conversation.slice(0, 3), ""))).toMatchObject({ lastUser: "Fix the parser", turns: 1 });
  });
});

describe("a conversation that has a name", () => {
  const body = bodies["openai-chat"](conversation, "");

  it.each([
    "x-signalbox-session",
    "x-session-id",
    "x-session-affinity",
    "x-claude-code-session-id",
    "session-id",
    "session_id",
  ])("takes it from %s", (header) => {
    expect(session("openai-chat", body, { [header]: "conversation-1" })).toBe("conversation-1");
  });

  it("prefers our own header, and passes over empty ones", () => {
    const headers = { "x-signalbox-session": "ours", "x-session-id": "theirs" };
    expect(session("openai-chat", body, headers)).toBe("ours");
    expect(session("openai-chat", body, { "x-signalbox-session": " ", "x-session-id": ["theirs", "b"] })).toBe(
      "theirs",
    );
  });

  it("keeps the subagents of one Claude Code session apart", () => {
    const headers = { "x-claude-code-session-id": "s", "x-claude-code-agent-id": "explore" };
    expect(session("anthropic-messages", body, headers)).toBe("s/explore");
  });

  it("finds Claude Code's session in the user id, in its older and its newer form", () => {
    const id = "5f0c2b9e-1111-4222-8333-444455556666";
    for (const user_id of [`user_ab_account__session_${id}`, JSON.stringify({ device_id: "d", session_id: id })]) {
      expect(session("anthropic-messages", { ...body, metadata: { user_id } })).toBe(id);
    }
  });

  it("does not take a person, or a cache key that many share, for a conversation", () => {
    const other = bodies["openai-chat"]([{ user: "Something else" }], "");
    for (const field of ["user", "safety_identifier", "prompt_cache_key"]) {
      const ids = [body, other].map((one) => session("openai-chat", { ...one, [field]: "shared" }));
      expect(new Set(ids).size).toBe(2);
    }
  });

  it("knows a conversation by its cache key although tools come and go", () => {
    const keyed = { ...bodies["openai-responses"](conversation, "a"), prompt_cache_key: "k" };
    const later = { ...bodies["openai-responses"](conversation.slice(0, 1), "b"), prompt_cache_key: "k", tools: [] };
    expect(session("openai-responses", keyed)).toBe(session("openai-responses", later));
  });

  it("looks past Claude Code's billing header, breakpoints and metadata", () => {
    const made = (version: string, newest: boolean) => ({
      ...bodies["anthropic-messages"](newest ? conversation : conversation.slice(0, 1), ""),
      system: [
        { type: "text", text: `x-anthropic-billing-header: cc_version=${version}` },
        {
          type: "text",
          text: "You are careful.",
          ...(newest ? { cache_control: { type: "ephemeral", ttl: "1h" } } : {}),
        },
      ],
      metadata: { turn: version },
    });
    const [one, other] = [made("2.1.181", false), made("2.1.182", true)];
    expect(session("anthropic-messages", one)).toBe(session("anthropic-messages", other));
  });

  it("shortens a name that is too long to remember", () => {
    expect(session("openai-chat", body, { "x-session-id": "x".repeat(5000) }).length).toBeLessThan(40);
  });
});

describe("the sample of a request", () => {
  it("leaves out what an agent puts before the user's words", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "<environment_context>cwd</environment_context>" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "<system-reminder>be nice</system-reminder>" },
          { type: "text", text: "Rename the variable" },
        ],
      },
    ];
    expect(sample("anthropic-messages", { messages })).toMatchObject({ firstUser: "Rename the variable" });
  });

  it("takes a bare string of the Responses API", () => {
    expect(sample("openai-responses", { input: "Hello", instructions: "Be brief" })).toEqual({
      system: "Be brief",
      firstUser: "Hello",
      lastUser: "Hello",
      turns: 1,
    });
  });

  it("cuts long texts to head and tail, also where escapes and wide characters are cut", () => {
    const text = `Summarise this.${'\n"日本語\u0001'.repeat(20_000)} Thank you`;
    const { firstUser } = sample("openai-chat", { messages: [{ role: "user", content: text }] });
    expect(firstUser.length).toBeLessThan(5000);
    expect(firstUser.startsWith("Summarise this.\n")).toBe(true);
    expect(firstUser.endsWith("Thank you")).toBe(true);
  });

  it("is empty where nobody says anything", () => {
    expect(sample("gemini", { contents: 5 })).toEqual({ system: "", firstUser: "", lastUser: "", turns: 0 });
  });
});
