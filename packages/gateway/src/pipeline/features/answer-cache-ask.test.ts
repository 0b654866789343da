import { expect, test } from "vitest";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import { readDirectives } from "../../features/response-cache/directives.ts";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import type { Plan } from "../../routing/target.ts";
import { isFresh, targetOf } from "./answer-cache-ask.ts";
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

const keptAt = (createdAt: number, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
  tenant: "org:a",
  exact: "",
  response: { parts: [], finishReason: { unified: "stop" } },
  losses: { dropped: [], adapted: [] },
  provider: "lab",
  model: "m",
  place: "",
  createdAt,
  ttlSeconds: 60,
  ...more,
});

test("an answer is as old as the shortest time says that was given for it, and one from the future is no fresher", () => {
  const policy = { enabled: true, ttlSeconds: 30, match: "exact", toolCalls: false } as const;
  const isFreshFor = (ageSeconds: number, header?: string) =>
    isFresh(keptAt(1_000_000), { policy, directives: readDirectives(header) }, 1_000_000 + ageSeconds * 1000);
  expect([0, 30, 31, 61].map((age) => isFreshFor(age))).toEqual([true, true, false, false]);
  expect([0, 5, 6].map((age) => isFreshFor(age, "max-age=5"))).toEqual([true, true, false]);
  expect(isFreshFor(31, "max-age=60")).toBe(false);
  // A clock that was an hour ahead when it was kept, and one of another machine.
  expect([-3600, -31, -1].map((age) => isFreshFor(age))).toEqual([false, false, true]);
  expect(isFreshFor(-6, "max-age=5")).toBe(false);
});

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
  const kept = keptAt(0, { place: placeOf(before.provider) });
  expect(targetOf(plan(same), kept)).toBe(same);
  expect(targetOf(plan(now), kept)).toBeUndefined();
});
