import { totals } from "./ledger-support.ts";
import { objectIn, withBody } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, PROVIDERS, type Rig, startRig } from "./support.ts";

export type DialectName = (typeof DIALECTS)[number];

export const ENGINE_KEY = "an-engine-key-of-the-tests";

/** US dollars for a thousand searches, so that each costs a whole number of nano-dollars. */
export const BRAVE_PRICE = 5;

/** A rig whose gateway may ask the simulator's engines; `more` is laid over `webSearch`. */
export function startSearchRig(more: Record<string, unknown> = {}, extra: Record<string, unknown> = {}): Promise<Rig> {
  return startRig({
    ...extra,
    ...withoutOwnSearch,
    moreConfig: (url: string) => ({ webSearch: searching(url, more) }),
  });
}

/** None of the rig's models searches by itself. */
const withoutOwnSearch = {
  moreProviders: (url: string) =>
    Object.fromEntries(
      DIALECTS.map((dialect) => [
        PROVIDERS[dialect],
        {
          auth: "none",
          models: ["m", "sim-model"].map((id) => ({ id, webSearch: false, price: { input: 1, output: 2 } })),
          endpoints: { [dialect]: { baseUrl: dialect.startsWith("openai") ? `${url}/v1` : url } },
        },
      ]),
    ),
};

function searching(url: string, more: Record<string, unknown>): Record<string, unknown> {
  return {
    engine: "brave",
    engines: {
      brave: { baseUrl: `${url}/brave`, key: ENGINE_KEY },
      searxng: { baseUrl: `${url}/searxng` },
      tavily: { baseUrl: `${url}/tavily`, key: ENGINE_KEY },
      exa: { baseUrl: `${url}/exa`, key: ENGINE_KEY },
    },
    maxSteps: 2,
    ...more,
  };
}

export interface Searching {
  readonly client: DialectName;
  readonly upstream: DialectName;
  readonly stream: boolean;
  readonly text: string;
  /** Absent: `web_search: true`. */
  readonly wish?: Record<string, unknown>;
}

export function searchCall({ client, upstream, stream, text, wish = { web_search: true } }: Searching): Call {
  return withBody(ask(client, `${PROVIDERS[upstream]}/m`, { text, stream }), wish);
}

/** A model that searches once and then says this. */
export const searchThenSay = (query: string, say: string): string =>
  `[[say Let me look.]][[tool web_search ${JSON.stringify({ query })}]][[then]][[say ${say}]]`;

interface Told {
  readonly text: string;
  readonly citations: readonly Record<string, unknown>[];
  readonly calls: readonly string[];
  readonly finish: string;
  /** Of the whole answer, in the dialect's own totals: input and output. */
  readonly usage: readonly [number, number];
  readonly metadata: Record<string, unknown>;
}

const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.map((item) => objectIn(item)) : [];

const dataOf = ({ text }: Answer): readonly Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: ") && line !== "data: [DONE]")
    .map((line) => objectIn(JSON.parse(line.slice(6))));

const count = (value: unknown): number => Number(value ?? 0);

/** What a client of this dialect reads. */
export function told(client: DialectName, stream: boolean, answer: Answer): Told {
  switch (client) {
    case "openai-chat":
      return stream ? chatStream(answer) : chatWhole(objectIn(JSON.parse(answer.text)));
    case "openai-responses": {
      const whole = stream
        ? objectIn(dataOf(answer).find(({ type }) => type === "response.completed")?.["response"])
        : objectIn(JSON.parse(answer.text));
      return responsesWhole(whole);
    }
    case "anthropic-messages":
      return stream ? messagesStream(answer) : messagesWhole(objectIn(JSON.parse(answer.text)));
    case "gemini":
      return geminiChunks(stream ? dataOf(answer) : [objectIn(JSON.parse(answer.text))]);
  }
}

const metadataIn = (body: Record<string, unknown>) => objectIn(body["metadata"] ?? body["signalbox_metadata"]);

function chatWhole(body: Record<string, unknown>): Told {
  const [choice = {}] = list(body["choices"]);
  const message = objectIn(choice["message"]);
  const usage = objectIn(body["usage"]);
  return {
    text: String(message["content"] ?? ""),
    citations: list(message["annotations"]).map(({ url_citation }) => objectIn(url_citation)),
    calls: list(message["tool_calls"]).map((call) => String(objectIn(call["function"])["name"])),
    finish: String(choice["finish_reason"]),
    usage: [count(usage["prompt_tokens"]), count(usage["completion_tokens"])],
    metadata: metadataIn(body),
  };
}

function chatStream(answer: Answer): Told {
  const chunks = dataOf(answer);
  const choices = chunks.flatMap(({ choices }) => list(choices));
  const deltas = choices.map(({ delta }) => objectIn(delta));
  const usage = objectIn(chunks.findLast((chunk) => chunk["usage"] != null)?.["usage"]);
  return {
    text: deltas.map(({ content }) => content ?? "").join(""),
    citations: deltas.flatMap(({ annotations }) => list(annotations)).map((one) => objectIn(one["url_citation"])),
    calls: deltas
      .flatMap((delta) => list(delta["tool_calls"]))
      .flatMap((call) => objectIn(call["function"])["name"] ?? [])
      .map(String),
    finish: String(choices.findLast(({ finish_reason }) => finish_reason != null)?.["finish_reason"]),
    usage: [count(usage["prompt_tokens"]), count(usage["completion_tokens"])],
    metadata: chunks.map(metadataIn).find((metadata) => Object.keys(metadata).length > 0) ?? {},
  };
}

function responsesWhole(body: Record<string, unknown>): Told {
  const items = list(body["output"]);
  const content = items.flatMap((item) => list(item["content"]));
  const usage = objectIn(body["usage"]);
  const calls = items.filter(({ type }) => type === "function_call").map(({ name }) => String(name));
  return {
    text: content.map(({ text }) => text ?? "").join(""),
    citations: content.flatMap(({ annotations }) => list(annotations)),
    calls,
    finish: calls.length > 0 ? "tool_calls" : String(body["status"]),
    usage: [count(usage["input_tokens"]), count(usage["output_tokens"])],
    metadata: objectIn(body["signalbox_metadata"]),
  };
}

function messagesWhole(body: Record<string, unknown>): Told {
  const blocks = list(body["content"]);
  const usage = objectIn(body["usage"]);
  return {
    text: blocks.map(({ text }) => text ?? "").join(""),
    citations: blocks.flatMap(({ citations }) => list(citations)),
    calls: blocks.filter(({ type }) => type === "tool_use").map(({ name }) => String(name)),
    finish: String(body["stop_reason"]),
    usage: [count(usage["input_tokens"]), count(usage["output_tokens"])],
    metadata: metadataIn(body),
  };
}

function messagesStream(answer: Answer): Told {
  const events = dataOf(answer);
  const starts = events.filter(({ type }) => type === "content_block_start").map((e) => objectIn(e["content_block"]));
  const deltas = events.filter(({ type }) => type === "content_block_delta").map(({ delta }) => objectIn(delta));
  const last = events.find(({ type }) => type === "message_delta") ?? {};
  const usage = objectIn(last["usage"]);
  return {
    text: [...starts, ...deltas].map(({ text }) => text ?? "").join(""),
    citations: deltas.filter(({ type }) => type === "citations_delta").map(({ citation }) => objectIn(citation)),
    calls: starts.filter(({ type }) => type === "tool_use").map(({ name }) => String(name)),
    finish: String(objectIn(last["delta"])["stop_reason"]),
    usage: [count(usage["input_tokens"]), count(usage["output_tokens"])],
    metadata: events.map(metadataIn).find((metadata) => Object.keys(metadata).length > 0) ?? {},
  };
}

function geminiChunks(chunks: readonly Record<string, unknown>[]): Told {
  const candidates = chunks.flatMap((chunk) => list(chunk["candidates"]));
  const parts = candidates.flatMap(({ content }) => list(objectIn(content)["parts"]));
  const grounding = candidates.map((candidate) => objectIn(candidate["groundingMetadata"]));
  const usage = objectIn(chunks.findLast((chunk) => chunk["usageMetadata"] != null)?.["usageMetadata"]);
  return {
    text: parts.map(({ text }) => text ?? "").join(""),
    citations: grounding.flatMap(({ groundingChunks }) => list(groundingChunks)).map(({ web }) => objectIn(web)),
    calls: parts.flatMap(({ functionCall }) =>
      functionCall === undefined ? [] : [String(objectIn(functionCall)["name"])],
    ),
    finish: String(candidates.findLast(({ finishReason }) => finishReason != null)?.["finishReason"]),
    usage: [count(usage["promptTokenCount"]), count(usage["candidatesTokenCount"])],
    metadata: chunks.map(metadataIn).find((metadata) => Object.keys(metadata).length > 0) ?? {},
  };
}

/** The engines' and the models' part of what the simulator was asked since `from`. */
export function askedOf(rig: Rig, from: number) {
  const entries = rig.simulator.journal.entries.slice(from);
  const isEngine = (url: string) => /^\/(?:brave|searxng|tavily|exa)\//.test(url);
  return {
    engines: entries.filter(({ url }) => isEngine(url)),
    models: entries.filter(({ url }) => !isEngine(url)),
  };
}

/** Runs it, and reads the one row that it makes in the ledger. */
export async function rowsOf(rig: Rig, run: () => Promise<unknown>) {
  const before = (await totals(rig)).requests;
  await run();
  const until = performance.now() + 5_000;
  while ((await totals(rig)).requests === before) {
    if (performance.now() > until) throw new Error("The ledger has no new row.");
  }
  const [request] = (await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 })).requests;
  if (request === undefined) throw new Error("The ledger knows of no request.");
  return { request, attempts: await rig.store.usage.attemptsOf(request.id) };
}
