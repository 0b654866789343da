import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf, objectIn, withBody } from "./routing-support.ts";
import { ask, DIALECTS, type Rig, send } from "./support.ts";
import { askedOf, ENGINE_KEY, rowsOf, searchCall, searchThenSay, startSearchRig, told } from "./web-search-support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startSearchRig({ timeoutMs: 400, resultBytes: 2048 });
});
afterAll(() => rig.close());

const search = (query: string) => `[[tool web_search ${JSON.stringify({ query })}]]`;

/** What the model was told of its searches, by the request that it was asked last. */
function lastTold(from: number): string {
  const [last] = askedOf(rig, from).models.slice(-1);
  const { messages } = objectIn(last?.json);
  const tools = Array.isArray(messages) ? messages.map(objectIn).filter(({ role }) => role === "tool") : [];
  return tools.map(({ content }) => (typeof content === "string" ? content : JSON.stringify(content))).join("\n");
}

/** A chat client at a model of Chat, told whole. */
async function chat(text: string, wish: Record<string, unknown> = { web_search: true }) {
  const from = rig.simulator.journal.length;
  const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: false, text, wish });
  const answer = await send(rig.gateway.url, call);
  return { from, answer, told: answer.status === 200 ? told("openai-chat", false, answer) : undefined };
}

describe("what bounds a search", () => {
  it("is the number of steps: then the model answers, whatever it still wants", async () => {
    const steps = Array.from({ length: 8 }, (_, at) => search(`step ${at}`)).join("[[then]]");
    const { from, told: said } = await chat(steps);
    const { engines, models } = askedOf(rig, from);
    expect(engines).toHaveLength(2);
    expect(models).toHaveLength(3);
    expect(objectIn(models[2]?.json)["tool_choice"]).toBe("none");
    expect(said).toMatchObject({ calls: [], finish: "stop", metadata: { web_search: { steps: 2, results: 6 } } });
  });

  it("is what the request says, from 1 to 5 steps and 1 to 20 results", async () => {
    const steps = Array.from({ length: 3 }, (_, at) => search(`asked ${at}`)).join("[[then]]");
    const { from } = await chat(`${steps}[[then]][[say Done.]]`, { web_search: { max_steps: 3, max_results: 7 } });
    const { engines } = askedOf(rig, from);
    expect(engines.map(({ url }) => new URL(url, "http://x").searchParams.get("count"))).toEqual(["7", "7", "7"]);
    const refused = await chat("[[say Done.]]", { web_search: { max_results: 21 } });
    expect(refused.answer.status).toBe(400);
  });

  it("is the number of searches of one step: what is too many is answered so", async () => {
    const calls = Array.from({ length: 7 }, (_, at) => search(`side ${at}`)).join("");
    const { from, told: said } = await chat(`${calls}[[then]][[say Done.]]`);
    expect(askedOf(rig, from).engines).toHaveLength(5);
    expect(lastTold(from).match(/max_uses_exceeded/g)).toHaveLength(2);
    expect(said).toMatchObject({ text: "Done.", metadata: { web_search: { steps: 1 } } });
  });

  it("is the size of what the model reads, however much an engine sends", async () => {
    const { from, told: said } = await chat(searchThenSay("[[huge 60000]] much", "Done [1]."));
    expect(Buffer.byteLength(lastTold(from))).toBeLessThan(2048 + 800);
    expect(lastTold(from)).toContain("[3] much, page 3");
    expect(said?.citations).toHaveLength(1);
  });

  it("is the size of an answer that is read at all: a larger one is a failed search", async () => {
    const { from, told: said } = await chat(searchThenSay("[[huge 900000]] too much", "Done."), {
      web_search: { max_results: 20 },
    });
    expect(lastTold(from)).toContain("The search failed");
    expect(said?.text).toContain("Done.");
  });

  it("is the time of each try: a silent engine is left, and another is asked", async () => {
    rig.simulator.faults.push({ type: "hang", model: "brave" });
    const { from, told: said } = await chat(searchThenSay("late", "Done [1]."));
    expect(askedOf(rig, from).engines.map(({ url }) => url.split("/")[1])).toEqual(["brave", "searxng"]);
    expect(said).toMatchObject({ metadata: { web_search: { engine: "searxng", results: 3 } } });
  });

  it("is the client's own patience: what it left is searched no further", async () => {
    rig.simulator.faults.push({ type: "hang", model: "brave" });
    const { journal } = rig.simulator;
    const from = journal.length;
    const text = searchThenSay("left alone", "Nobody reads this.");
    const gone = new AbortController();
    const call = searchCall({ client: "openai-chat", upstream: "openai-chat", stream: true, text });
    const rows = await rowsOf(rig, async () => {
      const left = send(rig.gateway.url, { ...call, signal: gone.signal }).catch(() => undefined);
      await journal.waitFor(
        ({ id, url }) => url.startsWith("/brave/") && journal.entries.findIndex((e) => e.id === id) >= from,
      );
      gone.abort();
      await left;
    });
    const { engines, models } = askedOf(rig, from);
    expect([engines.length, models.length]).toEqual([1, 1]);
    await journal.waitFor(({ url, aborted }) => url.startsWith("/brave/") && url.includes("left+alone") && aborted);
    // Whether the engine bills what nobody waited for is not known.
    expect(rows.request).toMatchObject({ state: "cancelled" });
    expect(rows.attempts.map(({ provider, estimated }) => [provider, estimated])).toEqual([
      ["chat", 0],
      ["brave", 1],
    ]);
  });
});

describe("an engine that fails", () => {
  it.each([429, 500, 503, 401])("with %i gives way to the next, whatever it says", async (status) => {
    rig.simulator.faults.push({ type: "status", status, model: "brave" });
    const { from, answer, told: said } = await chat(searchThenSay(`fails ${status}`, "Done [1]."));
    expect(askedOf(rig, from).engines.map(({ url }) => url.split("/")[1])).toEqual(["brave", "searxng"]);
    expect(said?.citations).toHaveLength(1);
    expect(answer.text + JSON.stringify(rig.log)).not.toContain(ENGINE_KEY);
  });

  it("and its successor fail one search, not the request, and the model is told so", async () => {
    rig.simulator.faults.push({ type: "status", status: 500, model: "brave" });
    rig.simulator.faults.push({ type: "status", status: 429, model: "searxng" });
    const { from, answer, told: said } = await chat(searchThenSay("both fail", "I could not search [1]."));
    expect(answer.status).toBe(200);
    expect(lastTold(from)).toContain("The search failed (too_many_requests)");
    expect(said).toMatchObject({ citations: [], metadata: { web_search: { results: 0, steps: 1 } } });
  });

  it.each(["html=200", "ok-with-error-body", "cut", "reset", "malformed-after=0"])(
    "by %s is no engine that answered",
    async (fault) => {
      rig.simulator.faults.push(`${fault},model=brave`);
      const { told: said } = await chat(searchThenSay("broken", "Done [1]."));
      expect(said).toMatchObject({ metadata: { web_search: { engine: "searxng" } } });
    },
  );
});

describe("each engine", () => {
  it.each(["brave", "searxng", "tavily", "exa"])("%s is asked in its own words, and understood", async (engine) => {
    const { from, told: said } = await chat(searchThenSay(`at ${engine}`, "Done [2]."), {
      web_search: { engine, max_results: 2 },
    });
    const { engines } = askedOf(rig, from);
    expect(engines.map(({ status }) => status)).toEqual([200]);
    expect(said?.citations).toMatchObject([{ url: `https://pages.example.org/at-${engine}/2` }]);
    expect(said?.metadata).toMatchObject({ web_search: { engine, results: 2 } });
  });
});

describe("which way to search", () => {
  it.each(DIALECTS)("is said once: two at a time are refused in %s", async (client) => {
    const tools = {
      "openai-chat": { web_search_options: {} },
      "openai-responses": { tools: [{ type: "web_search" }] },
      "anthropic-messages": { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      gemini: { tools: [{ googleSearch: {} }] },
    }[client];
    const wish = { ...tools, web_search: true };
    const answer = await send(
      rig.gateway.url,
      searchCall({ client, upstream: "openai-chat", stream: false, text: "[[say no]]", wish }),
    );
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain("exclude each other");
  });

  it.each([
    [{ web_search: { engine: "native" } }, "has no web search of its own. Configured: searxng, brave, tavily, exa."],
    [{ web_search: { engine: "google" } }, "'google' is the search of Gemini's own API"],
  ])("%j is refused where the target has none", async (wish, why) => {
    const { answer } = await chat("[[say no]]", wish);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain(why);
  });

  it("is the gateway's where a client asks for its vendor's and the target has none", async () => {
    const { from, told: said } = await chat(searchThenSay("by option", "Done [1]."), {
      web_search_options: { search_context_size: "high" },
    });
    expect(askedOf(rig, from).engines[0]?.url).toContain("count=6");
    expect(said?.citations).toHaveLength(1);
    expect(said?.metadata["adapted"]).toMatchObject([{ feature: "web-search" }]);
  });
});

describe("a request that says nothing of the web", () => {
  it("goes to its own dialect as it is", async () => {
    const from = rig.simulator.journal.length;
    const call = withBody(ask("openai-chat", "chat/m", { text: "[[say Plain.]]", stream: false }), { odd: [1.0, "x"] });
    const answer = await send(rig.gateway.url, call);
    expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
    expect(objectIn(rig.simulator.journal.entries[from]?.json)).toMatchObject({ odd: [1, "x"] });
  });
});
