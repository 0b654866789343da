import { GatewayError } from "@signalbox/protocol";
import { expect, test } from "vitest";
import type { MediaOutput } from "../catalogue/operations.ts";
import { buildSnapshot } from "../catalogue/snapshot.ts";
import { parseConfig } from "../config/load.ts";
import { makePlan } from "./make-plan.ts";
import { planAttempts } from "./plan.ts";
import { nothingObserved } from "./rank.ts";
import type { RequestView } from "./request-view.ts";
import { createSessionMemory } from "./stickiness.ts";
import { requestView } from "./testing/request-view.ts";

const sources = { environment: {}, readFile: () => "" };
const config = {
  providers: {
    openai: { credentials: ["k"] },
    "google-ai-studio": { credentials: ["k"] },
    anthropic: { credentials: ["k"] },
    lab: {
      auth: "none",
      endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } },
      models: ["painter", { id: "gemini-of-ours", operations: ["generate"] }],
    },
  },
  models: {
    picture: { targets: ["anthropic/claude-opus-4-5", "google-ai-studio/gemini-2.5-flash-image"] },
  },
};
const snapshot = buildSnapshot(parseConfig(JSON.stringify(config), { name: "t.yaml", folder: "/", sources }), {
  environment: {},
  keys: [],
});

const plan = (model: string, outputs: readonly MediaOutput[], view: Partial<RequestView> = {}) =>
  makePlan(
    snapshot,
    { ...requestView({ model }), outputs: () => outputs, ...view },
    { now: 0, chance: () => 0.5, health: nothingObserved, sessions: createSessionMemory() },
  );

function refusal(model: string, outputs: readonly MediaOutput[]): GatewayError {
  try {
    plan(model, outputs);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("there is a plan");
}

test("a model that is known not to answer so is refused, with the modality and with those that do", () => {
  const picture = refusal("claude-opus-4-5", ["image"]);
  expect([picture.code, picture.status, picture.detail.param]).toEqual(["unsupported_feature", 400, "modalities"]);
  expect(picture.message).toContain("'claude-opus-4-5' does not answer with pictures (modality 'image'). These do: ");
  expect(picture.message).toContain("picture");
  expect(refusal("gpt-5", ["audio"]).message).toContain("(modality 'audio')");
  expect(refusal("gemini-2.5-flash", ["image"]).message).toMatch(/gemini-\S*image/);
});

test("a model of which nothing is known, or of which the operator has written, is asked", () => {
  for (const model of ["lab/painter", "lab/gemini-of-ours"]) expect(plan(model, ["image"]).targets).toHaveLength(1);
});

test("of several targets those that do are left", () => {
  const made = plan("picture", ["image"]);
  expect(made.targets.map(({ model }) => model)).toEqual(["gemini-2.5-flash-image"]);
  expect(made.rejected).toMatchObject([
    { target: "anthropic/claude-opus-4-5", why: "it does not answer with pictures" },
  ]);
});

test("auto chooses among those that are known to", () => {
  const made = plan("auto", ["image"]);
  expect(made.targets.length).toBeGreaterThan(0);
  for (const { provider, model } of made.targets) {
    expect(`${provider.id}/${model}`).toMatch(/image|^openai\/(gpt-[4-9]|o3)/);
  }
});

test.each([
  ["gpt-5", ["image"], "openai-responses", "translate"],
  ["gpt-5", [], "openai-chat", "passthrough"],
  ["gpt-audio", ["audio"], "openai-chat", "passthrough"],
  ["lab/painter", ["image"], "openai-chat", "passthrough"],
  ["gemini-2.5-flash-image", ["image"], "gemini", "translate"],
] as const)("%s is asked for %j where it can answer: %s", (...[model, outputs, dialect, lane]) => {
  const { targets } = plan(model, outputs);
  const [first] = planAttempts(targets, {
    dialect: "openai-chat",
    outputs,
    obstacle: () => undefined,
    lastUsed: () => undefined,
    chance: () => 0,
  });
  expect([first?.endpoint.dialect, first?.lane]).toEqual([dialect, lane]);
});
