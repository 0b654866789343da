import { expect, test } from "vitest";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import type { Plan } from "../../routing/target.ts";
import { targetOf } from "./answer-cache-ask.ts";
import { placeOf } from "./answer-cache-scope.ts";

function at(baseUrl: string) {
  const endpoints = { "openai-chat": { baseUrl } };
  const text = JSON.stringify({ providers: { lab: { auth: "none", models: ["m"], endpoints } } });
  const loaded = parseConfig(text, {
    name: "test.yaml",
    folder: ".",
    sources: { environment: {}, readFile: () => "" },
  });
  const { providers, timeouts } = buildSnapshot(loaded, { environment: {}, keys: [] });
  const provider = providers.get("lab");
  if (provider === undefined) throw new Error("There is no provider.");
  return { provider, model: "m", timeouts, reason: "" };
}

test("a server that stands at another address by now has no answers of before", () => {
  const [before, same, now] = ["http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"].map(at);
  if (before === undefined || same === undefined || now === undefined) throw new Error("There is no target.");
  const plan = (target: typeof now): Plan => ({
    targets: [target],
    asked: "model",
    reasoning: "",
    rejected: [],
    features: { steps: [] },
    continuation: false,
    hedging: false,
    unserved: [],
  });
  const kept: KeptAnswer = {
    tenant: "org:a",
    exact: "",
    response: { parts: [], finishReason: { unified: "stop" } },
    losses: { dropped: [], adapted: [] },
    provider: "lab",
    model: "m",
    place: placeOf(before.provider),
    createdAt: 0,
    ttlSeconds: 1,
  };
  expect(targetOf(plan(same), kept)).toBe(same);
  expect(targetOf(plan(now), kept)).toBeUndefined();
});
