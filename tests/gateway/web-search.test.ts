import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectIn } from "./routing-support.ts";
import { DIALECTS, type Rig, send } from "./support.ts";
import { askedOf, ENGINE_KEY, searchCall, searchThenSay, startSearchRig, told } from "./web-search-support.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startSearchRig();
});
afterAll(() => rig.close());

const SAID = "Track nine is clear [1] and dry [2].";

const PAIRS = DIALECTS.flatMap((client) =>
  DIALECTS.flatMap((upstream) => [false, true].map((stream) => ({ client, upstream, stream }))),
);

describe.each(PAIRS)("$client at $upstream, stream $stream", ({ client, upstream, stream }) => {
  it("searches for the model, hides how, and names the sources in the client's dialect", async () => {
    const from = rig.simulator.journal.length;
    const text = searchThenSay("track nine", SAID);
    const answer = await send(rig.gateway.url, searchCall({ client, upstream, stream, text }));
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.anything()]);
    const { calls, text: said, citations, finish, usage, metadata } = told(client, stream, answer);

    expect(said).toBe(`Let me look.${SAID}`);
    expect(calls).toEqual([]);
    expect(finish).toMatch(/^(?:stop|completed|end_turn|STOP)$/);
    expect(answer.text).not.toContain("track nine is");
    const page = "https://pages.example.org/track-nine/1";
    const uri = client === "gemini" ? "uri" : "url";
    expect(citations.map((citation) => citation[uri])).toEqual([page, "https://pages.example.org/track-nine/2"]);
    if (client === "openai-chat" || client === "openai-responses") {
      const [first] = citations;
      // All texts of a message are one in Chat, and parts of their own in Responses.
      const before = client === "openai-chat" ? "Let me look.".length : 0;
      const at = before + SAID.indexOf("[1]");
      expect(first).toMatchObject({ title: "track nine, page 1", start_index: at, end_index: at + 3 });
    }

    const { engines, models } = askedOf(rig, from);
    expect(engines.map(({ url }) => new URL(url, "http://x").searchParams.get("q"))).toEqual(["track nine"]);
    expect(engines[0]?.headers["x-subscription-token"]).toBe(ENGINE_KEY);
    expect(models).toHaveLength(2);
    const sum = (kind: "input" | "output") => models.reduce((all, entry) => all + (entry.usage?.[kind] ?? 0), 0);
    if (!stream || client !== "openai-chat") expect(usage).toEqual([sum("input"), sum("output")]);
    expect(objectIn(metadata["web_search"])).toEqual({
      engine: "brave",
      queries: ["track nine"],
      results: 3,
      steps: 1,
    });
    expect(metadata["attempts"]).toMatchObject([{ success: true }, { success: true }]);
  });
});
