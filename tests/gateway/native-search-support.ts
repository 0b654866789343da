import { objectIn, withBody } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, type Rig, startRig } from "./support.ts";
import type { DialectName } from "./web-search-support.ts";

/** A model that searches by itself, for each dialect. OpenAI's of Chat Completions have it in their names. */
export const SEARCHERS: Readonly<Record<DialectName, string>> = {
  "openai-chat": "seeks-chat/gpt-4o-search-preview",
  "openai-responses": "seeks-responses/m",
  "anthropic-messages": "seeks-messages/m",
  gemini: "seeks-gemini/m",
};

/** One that does not, at the same API. */
export const BLIND: Readonly<Record<DialectName, string>> = {
  "openai-chat": "seeks-chat/blind",
  "openai-responses": "seeks-responses/blind",
  "anthropic-messages": "seeks-messages/blind",
  gemini: "seeks-gemini/blind",
};

/** US dollars; a search costs a hundredth of one. */
const PRICE = { input: 1, output: 2, perThousandSearches: 10 };
export const SEARCH_NANO = 10_000_000;

const SEEING = ["m", "gpt-4o-search-preview", "other"].map((id) => ({ id, webSearch: true, price: PRICE }));
const MODELS = [...SEEING, { id: "blind", webSearch: false, price: PRICE }];
const CHAT = { quirks: { webSearch: "search-models" } };

/** Models that search at the simulator's vendors, and no engine. */
export function startNativeRig(extra: Record<string, unknown> = {}): Promise<Rig> {
  return startRig({
    ...extra,
    moreProviders: (url: string) => ({
      "seeks-chat": provider({ "openai-chat": { baseUrl: `${url}/v1`, ...CHAT } }),
      "seeks-responses": provider({ "openai-responses": { baseUrl: `${url}/v1` } }),
      "seeks-messages": provider({ "anthropic-messages": { baseUrl: url } }),
      "seeks-gemini": provider({ gemini: { baseUrl: url } }),
      "seeks-more": provider({ "openai-responses": { baseUrl: `${url}/v1` } }),
      "seeks-claude": provider({ "anthropic-messages": { baseUrl: url } }),
      // As OpenAI's own: the richest first.
      "seeks-both": provider({
        "openai-responses": { baseUrl: `${url}/v1` },
        "openai-chat": { baseUrl: `${url}/v1`, ...CHAT },
      }),
      "seeks-compatible": provider({
        "openai-chat": { baseUrl: `${url}/compatible/v1`, quirks: { webSearch: "openrouter:web_search" } },
      }),
    }),
  });
}

const provider = (endpoints: Record<string, unknown>) => ({ auth: "none", models: MODELS, endpoints });

/** The search of the client's vendor, as its clients ask for it. */
export const OWN_SEARCH: Readonly<Record<DialectName, Record<string, unknown>>> = {
  "openai-chat": { web_search_options: { search_context_size: "low" } },
  "openai-responses": { tools: [{ type: "web_search", search_context_size: "low" }] },
  "anthropic-messages": { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 2 }] },
  gemini: { tools: [{ googleSearch: {} }] },
};

export interface Asking {
  readonly client: DialectName;
  readonly model: string;
  readonly stream: boolean;
  readonly text?: string;
  readonly wish?: Record<string, unknown>;
}

/** Outside the Basic Multilingual Plane, so that characters, UTF-16 and bytes count apart. */
export const SENTENCES = ["🚆 Trains leave at nine.", "The ferry — ⛴️ 2 € — is slower."] as const;
export const SAID = SENTENCES.join(" ");
export const TEXT = `[[say Let me look.]][[search Lisbon trains]][[say ${SAID}]]`;
export const WHOLE = `Let me look.${SAID}`;
export const PAGES = [1, 2].map((page) => `https://pages.example.org/lisbon-trains/${page}`);

export function nativeCall({ client, model, stream, text = TEXT, wish = {} }: Asking): Call {
  return withBody(ask(client, model, { text, stream }), wish);
}

export const PAIRS = DIALECTS.flatMap((client) =>
  DIALECTS.flatMap((upstream) => [false, true].map((stream) => ({ client, upstream, stream }))),
);

const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.map((item) => objectIn(item)) : [];

/** A source, and the words of the answer that stand on it: undefined where the dialect says no place. */
export interface Cited {
  readonly url: unknown;
  readonly words: string | undefined;
}

/** What a client of the dialect makes of an answer that came whole. */
export function citedIn(client: DialectName, body: Record<string, unknown>): readonly Cited[] {
  switch (client) {
    case "openai-chat": {
      const [choice = {}] = list(body["choices"]);
      const message = objectIn(choice["message"]);
      return list(message["annotations"]).map(({ url_citation }) => placed(String(message["content"]), url_citation));
    }
    case "openai-responses":
      return list(body["output"])
        .flatMap(({ content }) => list(content))
        .flatMap(({ text, annotations }) => list(annotations).map((one) => placed(String(text), one)));
    case "anthropic-messages":
      return list(body["content"]).flatMap(({ text, citations }) =>
        list(citations).map(({ url }) => ({ url, words: String(text).trim() })),
      );
    case "gemini":
      return grounded(list(body["candidates"])[0] ?? {});
  }
}

function placed(text: string, annotation: unknown): Cited {
  const { url, start_index, end_index } = objectIn(annotation);
  return { url, words: text.slice(Number(start_index), Number(end_index)).trim() };
}

/** Google's own reading: bytes of the part that the segment names. */
function grounded(candidate: Record<string, unknown>): readonly Cited[] {
  const { groundingChunks, groundingSupports } = objectIn(candidate["groundingMetadata"]);
  const parts = list(objectIn(candidate["content"])["parts"]);
  const uris = list(groundingChunks).map(({ web }) => objectIn(web)["uri"]);
  return list(groundingSupports).flatMap(({ segment, groundingChunkIndices }) => {
    const { partIndex = 0, startIndex = 0, endIndex } = objectIn(segment);
    const bytes = Buffer.from(String(parts[Number(partIndex)]?.["text"] ?? ""));
    const words = bytes.subarray(Number(startIndex), Number(endIndex)).toString().trim();
    const indices = Array.isArray(groundingChunkIndices) ? groundingChunkIndices : [];
    return indices.map((index) => ({ url: uris[Number(index)], words }));
  });
}

export const eventsOf = ({ text }: Answer): readonly Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: ") && line.trim() !== "data: [DONE]")
    .map((line) => objectIn(JSON.parse(line.slice(6))));

/** A stream as the whole answer that its events add up to, as far as these tests read it. */
export function assembled(client: DialectName, answer: Answer): Record<string, unknown> {
  const events = eventsOf(answer);
  switch (client) {
    case "openai-responses":
      return objectIn(events.find(({ type }) => type === "response.completed")?.["response"]);
    case "openai-chat": {
      const deltas = events.flatMap(({ choices }) => list(choices)).map(({ delta }) => objectIn(delta));
      const content = deltas.map((delta) => delta["content"] ?? "").join("");
      return {
        choices: [{ message: { content, annotations: deltas.flatMap((delta) => list(delta["annotations"])) } }],
      };
    }
    case "anthropic-messages":
      return { content: blocksIn(events) };
    case "gemini": {
      const candidates = events.flatMap(({ candidates }) => list(candidates));
      const texts = candidates.flatMap(({ content }) => list(objectIn(content)["parts"])).map(({ text }) => text ?? "");
      const metadata = candidates.findLast(({ groundingMetadata }) => groundingMetadata !== undefined);
      return {
        candidates: [
          { content: { parts: [{ text: texts.join("") }] }, groundingMetadata: metadata?.["groundingMetadata"] },
        ],
      };
    }
  }
}

function blocksIn(events: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  const starts = events.filter(({ type }) => type === "content_block_start");
  return starts.map(({ index, content_block }) => {
    const block = objectIn(content_block);
    const deltas = events.filter((event) => event["index"] === index).map(({ delta }) => objectIn(delta));
    const citations = deltas.filter(({ type }) => type === "citations_delta").map(({ citation }) => citation);
    if (block["type"] === "text")
      return { ...block, text: said(deltas, "text"), ...(citations.length > 0 && { citations }) };
    const input = said(deltas, "partial_json");
    return input === "" ? block : { ...block, input: JSON.parse(input) };
  });
}

const said = (deltas: readonly Record<string, unknown>[], field: string): string =>
  deltas.map((delta) => delta[field] ?? "").join("");

export const bodyOf = (client: DialectName, stream: boolean, answer: Answer): Record<string, unknown> =>
  stream ? assembled(client, answer) : objectIn(JSON.parse(answer.text));

/** The last request that reached the vendors. */
export const sentTo = ({ simulator }: Rig) => {
  const entry = simulator.journal.entries.at(-1);
  return { path: entry?.url ?? "", body: objectIn(entry?.json) };
};
