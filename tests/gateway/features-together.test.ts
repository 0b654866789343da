import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { routerOf, startFeatureRig } from "./features-support.ts";
import { withBody } from "./routing-support.ts";
import { type Answer, ask, DIALECTS, type Rig, send } from "./support.ts";
import { type DialectName, rowsOf, told } from "./web-search-support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startFeatureRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

interface Asking {
  readonly client: DialectName;
  readonly upstream: DialectName;
  readonly stream: boolean;
  readonly features: string;
  readonly text: string;
}

const asking = ({ client, upstream, stream, features, text }: Asking, wish: Record<string, unknown> = {}) =>
  send(rig.gateway.url, withBody(ask(client, routerOf(features, upstream), { text, stream }), wish));

/** The row in the ledger, the line in the log and the answer of one request. */
async function noted(asked: Asking, wish: Record<string, unknown> = {}) {
  const lines = () => rig.log.filter(({ msg }) => msg === "request");
  const before = lines().length;
  const answers: Answer[] = [];
  const rows = await rowsOf(rig, async () => answers.push(await asking(asked, wish)));
  await expect.poll(() => lines().length, { timeout: 5000 }).toBe(before + 1);
  const [answer] = answers;
  if (answer === undefined) throw new Error("Nothing was answered.");
  return { ...rows, answer, line: lines().at(-1) ?? {} };
}

const SEARCH = '[[tool web_search {"query":"tracks"}]]';
const WAYS = DIALECTS.flatMap((client) => [false, true].map((stream) => ({ client, stream })));

describe.each(WAYS)("a model of OpenAI's that thinks before it searches, client $client, stream $stream", (way) => {
  it.each(["[[think first]]", "[[redacted]]"])("is not shown thoughts that nobody kept: %s", async (thought) => {
    const text = `${thought}${SEARCH}[[then]]${thought}${SEARCH}[[then]][[say Done [1].]]`;
    const asked = { ...way, upstream: "openai-responses", features: "plain", text } as const;
    const answer = await asking(asked, { web_search: true });
    expect([answer.status, answer.text]).toEqual([200, expect.not.stringContaining("not found")]);
    expect(told(way.client, way.stream, answer)).toMatchObject({ text: "Done [1].", citations: [expect.anything()] });
  });
});

describe.each(WAYS)("what is noted of one answer of several rounds, client $client, stream $stream", (way) => {
  it("is what all of them used, in the log as in the answer and in the ledger", async () => {
    const text = `[[say One.]]${SEARCH}[[then]]${SEARCH}[[then]][[say Three.]]`;
    const asked = { ...way, upstream: "anthropic-messages", features: "plain", text } as const;
    const counted = way.client === "openai-chat" && way.stream ? { stream_options: { include_usage: true } } : {};
    const { answer, request, attempts, line } = await noted(asked, { web_search: true, ...counted });
    const models = attempts.filter(({ provider }) => provider === "messages");
    const sum = (kind: "input_tokens" | "output_tokens") =>
      models.reduce((total, attempt) => total + Number(attempt[kind] ?? 0), 0);
    expect(models).toHaveLength(3);
    expect(line["usage"]).toMatchObject({ inputTokens: sum("input_tokens"), outputTokens: sum("output_tokens") });
    expect([line["finishReason"], request.finish_reason]).toEqual(["stop", "stop"]);
    expect(told(way.client, way.stream, answer).usage).toEqual([sum("input_tokens"), sum("output_tokens")]);
  });

  it("is how it ended for the client, where a guard has taken it away", async () => {
    const asked = { ...way, upstream: "openai-chat", features: "block-out", text: "[[say they kill it]]" } as const;
    const { request, line } = await noted(asked);
    expect([line["finishReason"], request.finish_reason]).toEqual(["content-filter", "content-filter"]);
  });
});

describe("a request whose time is over while the gateway searches", () => {
  it.each([false, true])("asks no upstream for what nobody can wait for, stream %s", async (stream) => {
    const hurried = await startFeatureRig({ timeouts: { deadlineMs: 700 } });
    try {
      hurried.simulator.faults.push({ type: "hang", model: "brave" });
      const text = `[[say Wait.]]${SEARCH}[[then]][[say Late.]]`;
      const call = ask("openai-chat", routerOf("plain", "openai-chat"), { text, stream });
      const answer = await send(hurried.gateway.url, withBody(call, { web_search: true }));
      expect(answer.status).toBe(stream ? 200 : 504);
      expect(answer.text).toContain("longer than the 700 ms that it may take");
      expect(hurried.simulator.journal.entries.filter(({ url }) => url.includes("chat"))).toHaveLength(1);
    } finally {
      await hurried.close();
    }
  });
});

describe.each(WAYS)("what a model thinks before a search that is hidden, client $client, stream $stream", (way) => {
  it.each(DIALECTS)("is shown, without what seals it: %s", async (upstream) => {
    const text = `[[think of a zebra]]${SEARCH}[[then]][[say Done.]]`;
    const thoughts = way.client === "gemini" ? { generationConfig: { thinkingConfig: { includeThoughts: true } } } : {};
    const answer = await asking({ ...way, upstream, features: "plain", text }, { web_search: true, ...thoughts });
    expect(answer.text.replaceAll(/"(?:encrypted_content|signature)":"[^"]*"/g, "")).toContain("zebra");
  });
});
