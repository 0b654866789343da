import { describe, expect, test } from "vitest";
import type { CanonicalRequest } from "../../ir/request.ts";
import type { ModelFacts } from "../dialect.ts";
import { openaiResponses } from "./index.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";

const EMPTY: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [],
  tools: [],
  sampling: {},
};

function encode(request: Partial<CanonicalRequest>, quirks: OpenAiResponsesQuirks = {}, facts: ModelFacts = {}) {
  return openaiResponses.encodeRequest({ ...EMPTY, ...request }, { provider: "openai", model: "gpt", quirks, facts });
}
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);

describe("options", () => {
  test("sampling that has no word here is dropped", () => {
    const { body, dropped } = encode({
      sampling: { topK: 1, stopSequences: ["x"], seed: 1, temperature: 1, maxOutputTokens: 99 },
    });
    expect(features(dropped)).toEqual(["top-k", "stop-sequences", "seed"]);
    expect(body).toMatchObject({ temperature: 1, max_output_tokens: 99 });
  });

  test("minOutputTokens: smaller limits are raised", () => {
    const sampling = { maxOutputTokens: 1 };
    const { body, adapted } = encode({ sampling });
    expect([body["max_output_tokens"], features(adapted)]).toEqual([16, ["max-output-tokens"]]);
    expect(encode({ sampling }, { minOutputTokens: 1 }).body["max_output_tokens"]).toBe(1);
  });

  test("reasoningSampling: models that reason get no temperature", () => {
    const sampling = { temperature: 1, topP: 0.9 };
    const { body, dropped } = encode({ sampling }, { reasoningSampling: false }, { reasoning: "effort" });
    expect([body["temperature"], body["top_p"], features(dropped)]).toEqual([
      undefined,
      undefined,
      ["temperature", "top-p"],
    ]);
    expect(
      encode({ sampling, reasoning: { mode: "off" } }, { reasoningSampling: false }, { reasoning: "effort" }).dropped,
    ).toEqual([]);
  });

  test("a budget becomes an effort; off is none", () => {
    const budget = encode({ reasoning: { mode: "on", budgetTokens: 4000, summary: "auto" } });
    expect(budget.body["reasoning"]).toEqual({ effort: "medium", summary: "auto" });
    expect(features(budget.adapted)).toEqual(["reasoning-budget"]);
    expect(encode({ reasoning: { mode: "off" } }).body["reasoning"]).toEqual({ effort: "none" });
  });

  test("reasoningEfforts: the nearest one that is taken", () => {
    const quirks: OpenAiResponsesQuirks = { reasoningEfforts: ["low", "high"] };
    const medium = encode({ reasoning: { effort: "medium" } }, quirks);
    expect([medium.body["reasoning"], features(medium.adapted)]).toEqual([{ effort: "high" }, ["reasoning-effort"]]);
    const off = encode({ reasoning: { mode: "off" } }, quirks);
    expect([off.body["reasoning"], features(off.adapted)]).toEqual([{ effort: "low" }, ["reasoning-off"]]);
    const never = encode({ reasoning: { effort: "high" } }, { reasoningEfforts: [] });
    expect([never.body["reasoning"], features(never.dropped)]).toEqual([undefined, ["reasoning-effort"]]);
  });

  test("a model that does not reason is not asked to", () => {
    const { body, dropped } = encode({ reasoning: { effort: "high" } }, {}, { reasoning: "none" });
    expect([body["reasoning"], body["include"], features(dropped)]).toEqual([undefined, undefined, ["reasoning"]]);
  });

  test("reasoningSummary: no summary is asked for", () => {
    const { body, dropped } = encode({ reasoning: { summary: "auto" } }, { reasoningSummary: false });
    expect([body["reasoning"], features(dropped)]).toEqual([undefined, ["reasoning-summary"]]);
  });

  test("encrypted reasoning is asked for on behalf of clients that cannot ask", () => {
    expect(encode({}, {}, { reasoning: "effort" }).body["include"]).toEqual(["reasoning.encrypted_content"]);
    expect(encode({}).body["include"]).toBeUndefined();
  });

  test("storeDefault: nothing is kept unless the client or the operator wants it", () => {
    expect(encode({}).body["store"]).toBe(false);
    expect(encode({}, { storeDefault: "omit" }).body["store"]).toBeUndefined();
    expect(encode({}, { storeDefault: true }).body["store"]).toBe(true);
    expect(encode({ extensions: { "openai-responses": { store: true } } }).body["store"]).toBe(true);
    expect(encode({ extensions: { "openai-responses": { previous_response_id: "r" } } }).body).not.toHaveProperty(
      "store",
    );
  });

  test("textVerbosity: not sent where it is refused", () => {
    const { body, dropped } = encode({ verbosity: "low" }, { textVerbosity: false });
    expect([body["text"], features(dropped)]).toEqual([undefined, ["verbosity"]]);
  });

  test("endUserField: the older name", () => {
    expect(encode({ endUser: "u" }).body["safety_identifier"]).toBe("u");
    expect(encode({ endUser: "u" }, { endUserField: "user" }).body["user"]).toBe("u");
  });

  test("fields of other dialects are reported, one's own are sent", () => {
    const { body, dropped } = encode({
      extensions: { "openai-chat": { logit_bias: { "1": 2 } }, "openai-responses": { truncation: "auto" } },
    });
    expect([body["truncation"], features(dropped)]).toEqual(["auto", ["logit-bias"]]);
  });
});
