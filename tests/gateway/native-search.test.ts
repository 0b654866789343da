import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bodyOf,
  citedIn,
  nativeCall,
  OWN_SEARCH,
  PAGES,
  PAIRS,
  SEARCH_NANO,
  SEARCHERS,
  SENTENCES,
  sentTo,
  startNativeRig,
  WHOLE,
} from "./native-search-support.ts";
import { createRouter, objectIn, only, route } from "./routing-support.ts";
import { type Answer, type Rig, send } from "./support.ts";
import { type DialectName, rowsOf, told } from "./web-search-support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startNativeRig();
  for (const [dialect, model] of Object.entries(SEARCHERS)) {
    await createRouter(rig, {
      name: `routers/native-${dialect}`,
      routes: [route("true", only(model, { web_search_options: { search_context_size: "high" } }))],
    });
  }
});
afterAll(() => rig.close());

/** The search as each vendor is asked for it. */
const SEARCH_SENT: Readonly<Record<DialectName, (body: Record<string, unknown>) => unknown>> = {
  "openai-chat": (body) => body["web_search_options"],
  "openai-responses": (body) => toolOf(body, "type", "web_search"),
  "anthropic-messages": (body) => toolOf(body, "type", "web_search_20250305"),
  gemini: (body) => toolOf(body, "googleSearch"),
};

function toolOf({ tools }: Record<string, unknown>, field: string, value?: string): unknown {
  const all = (Array.isArray(tools) ? tools : []).map(objectIn);
  return all.find((tool) => (value === undefined ? tool[field] !== undefined : tool[field] === value));
}

/** Citations of Anthropic's stand on blocks: where a vendor tells of places in one text, all of it is the block. */
function expectCited({ client, upstream, stream }: Pair, answer: Answer): void {
  const cited = citedIn(client, bodyOf(client, stream, answer));
  if (client !== "anthropic-messages" || upstream === client) {
    expect(cited).toEqual(PAGES.map((url, at) => ({ url, words: SENTENCES[at] })));
    return;
  }
  expect(cited).toEqual(PAGES.map((url, at) => ({ url, words: expect.stringContaining(SENTENCES[at] ?? "") })));
}

type Pair = (typeof PAIRS)[number];

/** What of the search, as the headers tell. Those of a stream went out before its answer. */
function lossesOf({ headers }: Answer): readonly string[] {
  const all = `${String(headers["x-signalbox-dropped"] ?? "")},${String(headers["x-signalbox-adapted"] ?? "")}`;
  return [...new Set(all.split(/, ?/).filter((name) => /search|citation|hosted/.test(name)))].toSorted();
}

/** Of the request: a limit or a size that the vendor has no word for. Of the answer: what the client's dialect has none for. */
function expectedLosses({ client, upstream, stream }: Pair, { limit, size }: Way): readonly string[] {
  const asks = client === upstream && limit === "own" ? undefined : limit;
  const isLimitLost =
    asks !== undefined && upstream !== "anthropic-messages" && (asks === "said" || client === LIMITING);
  const isSizeLost = size && (upstream === "anthropic-messages" || upstream === "gemini");
  const request = isLimitLost || isSizeLost ? ["web-search"] : [];
  return [...(stream || client === upstream ? [] : ANSWER_LOSSES[client][upstream]), ...request].toSorted();
}

const LIMITING = "anthropic-messages";
const NOT_TOLD = ["web-search-results"];
const SEALED = ["citations", "web-search-results"];
const PLACES = ["citation-offsets"];

/** Chat Completions tell of no searches, Responses of no titles, Anthropic of no places; only Anthropic reads its seals. */
const ANSWER_LOSSES: Readonly<Record<DialectName, Readonly<Record<DialectName, readonly string[]>>>> = {
  "openai-chat": { "openai-chat": [], "openai-responses": NOT_TOLD, "anthropic-messages": SEALED, gemini: NOT_TOLD },
  "openai-responses": { "openai-chat": [], "openai-responses": [], "anthropic-messages": SEALED, gemini: NOT_TOLD },
  "anthropic-messages": {
    "openai-chat": PLACES,
    "openai-responses": PLACES,
    "anthropic-messages": [],
    gemini: PLACES,
  },
  gemini: { "openai-chat": [], "openai-responses": [], "anthropic-messages": SEALED, gemini: [] },
};

interface Way {
  readonly name: string;
  readonly wish: Record<string, unknown>;
  readonly model?: string;
  /** How often it may search: said by ours, or as the client's vendor has it. */
  readonly limit?: "said" | "own";
  /** How much of the pages is read is said. */
  readonly size: boolean;
}

function waysOf({ client, upstream }: Pair): readonly Way[] {
  const ours = (wish: Record<string, unknown>) => (client === "gemini" ? { extensions: wish } : { extra_body: wish });
  const isSized = client.startsWith("openai") && client !== upstream;
  return [
    { name: "the client's own words", wish: OWN_SEARCH[client], limit: "own", size: isSized },
    {
      name: "engine native",
      wish: ours({ web_search: { engine: "native", max_steps: 2 } }),
      limit: "said",
      size: false,
    },
    { name: "no engine", wish: ours({ web_search: true }), size: false },
    { name: "web_search_options", wish: ours({ web_search_options: { search_context_size: "medium" } }), size: true },
    { name: ":online", wish: {}, model: `${SEARCHERS[upstream]}:online`, size: false },
    { name: "a variant of its router", wish: {}, model: `routers/native-${upstream}`, size: true },
  ];
}

const CASES = PAIRS.flatMap((pair) => waysOf(pair).map((way) => ({ pair, way, title: titleOf(pair, way) })));

function titleOf({ client, upstream, stream }: Pair, { name }: Way): string {
  return `${client} at ${upstream}${stream ? ", streamed" : ""}: ${name}`;
}

describe("a search of the target's own is asked for, cited, counted and billed", () => {
  it.each(CASES)("$title", async ({ pair, way }) => {
    const { client, upstream, stream } = pair;
    const call = nativeCall({ client, model: way.model ?? SEARCHERS[upstream], stream, wish: way.wish });
    const answers: Answer[] = [];
    const { request, attempts } = await rowsOf(rig, async () => {
      answers.push(await send(rig.gateway.url, call));
    });
    const [answer] = answers;
    if (answer === undefined) throw new Error("There is no answer.");
    expect([answer.status, answer.text.slice(0, 400)]).toEqual([200, expect.anything()]);

    expect(SEARCH_SENT[upstream](sentTo(rig).body)).toBeDefined();
    expect(told(client, stream, answer).text).toBe(WHOLE);
    expectCited(pair, answer);
    expect(lossesOf(answer)).toEqual(expectedLosses(pair, way));
    // Chat Completions do not tell how often they searched.
    const searches = upstream === "openai-chat" ? null : 1;
    expect(attempts).toMatchObject([{ web_searches: searches, unpriced: 0 }]);
    const [row] = attempts;
    const tokens = Number(row?.input_tokens) * 1000 + Number(row?.output_tokens) * 2000;
    expect(Number(request.cost_nano)).toBe(tokens + (searches ?? 0) * SEARCH_NANO);
  });
});
