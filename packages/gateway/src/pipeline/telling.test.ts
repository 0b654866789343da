import { GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { plainKey } from "../config/client-key.ts";
import type { MetadataMode, ResponseModel } from "../config/settings.ts";
import type { Plan } from "../routing/target.ts";
import { attemptedText } from "./answer-metadata.ts";
import type { AttemptRecord } from "./exchange.ts";
import { metadataMode, metadataModeOrPreset, tellingOf } from "./telling.ts";

interface Said {
  readonly header?: string;
  readonly key?: MetadataMode;
  readonly configured?: MetadataMode;
  readonly responseModel?: ResponseModel;
  readonly plan?: Plan;
  readonly attempts?: AttemptRecord[];
}

const said = ({ header, key, configured = "body", responseModel, plan, attempts = [] }: Said) => ({
  generationId: "0b8e0c0e-0000-4000-8000-000000000000",
  startedAt: performance.now(),
  request: { headers: header === undefined ? {} : { "x-signalbox-metadata": header } },
  arrivedAt: Date.now(),
  snapshot: {
    providers: new Map(),
    providerAliases: new Map(),
    metadata: configured,
    ...(responseModel === undefined ? {} : { responseModel }),
  },
  outcome: {
    attempts,
    model: "asked-name",
    key: plainKey({ id: "k", name: "k", hash: "h", ...(key === undefined ? {} : { metadataMode: key }) }),
    ...(plan === undefined ? {} : { plan }),
  },
});

const planOf = (asked: Plan["asked"], reasoning = ""): Plan => ({
  targets: [],
  asked,
  reasoning,
  rejected: [],
  features: { steps: [] },
  continuation: false,
  hedging: false,
  unserved: [],
});

const target = (provider: string, model: string) => ({ target: { provider: { id: provider }, model } });
const NOTHING_LOST = { dropped: [], adapted: [] };

const record = (name: string, more: Partial<AttemptRecord> = {}): AttemptRecord => {
  const [provider = "", model = ""] = name.split("/");
  return {
    provider,
    model,
    credential: undefined,
    lane: "passthrough",
    dialect: "openai-chat",
    startedAt: performance.now(),
    ...more,
  };
};

describe("how much is told", () => {
  test.each<[Said, MetadataMode]>([
    [{}, "body"],
    [{ configured: "headers" }, "headers"],
    [{ configured: "headers", key: "off" }, "off"],
    [{ configured: "headers", key: "off", header: "body" }, "body"],
    [{ header: "headers" }, "headers"],
  ])("of %j is %s", (wish, mode) => {
    expect(metadataMode(said(wish))).toBe(mode);
    expect(metadataModeOrPreset(said(wish))).toBe(mode);
  });

  test.each(["", "all", "BODY", "body, off"])("'%s' is no such word", (header) => {
    expect(() => metadataMode(said({ header }))).toThrow("'body', 'headers' or 'off'");
    expect(metadataModeOrPreset(said({ header, configured: "off" }))).toBe("off");
  });

  test.each<[Said, boolean, boolean]>([
    [{}, true, false],
    [{ key: "body" }, true, false],
    [{ header: "body" }, true, true],
    [{ configured: "off", header: "body" }, true, true],
    [{ header: "headers" }, false, false],
  ])("of %j stands in bodies: %s, in passthrough streams: %s", (wish, inBody, inStream) => {
    expect(tellingOf(said(wish), target("a", "m"))).toMatchObject({ inBody, inStream });
  });
});

describe("the name of the model that is shown", () => {
  test.each<[Said, string | undefined]>([
    [{}, undefined],
    [{ plan: planOf("model") }, undefined],
    [{ plan: planOf("router") }, "openai/gpt-4o"],
    [{ plan: planOf("auto") }, "openai/gpt-4o"],
    [{ plan: planOf("auto"), responseModel: "upstream" }, undefined],
    [{ plan: planOf("router"), responseModel: "requested" }, "asked-name"],
    [{ responseModel: "target" }, "openai/gpt-4o"],
    [{ responseModel: "requested" }, "asked-name"],
  ])("for %j is %s", (wish, expected) => {
    expect(tellingOf(said(wish), target("openai", "gpt-4o")).shownModel).toBe(expected);
  });
});

describe("metadata", () => {
  const metadata = (
    attempts: AttemptRecord[],
    { answering = target("openai", "gpt-4o"), plan }: { answering?: ReturnType<typeof target>; plan?: Plan } = {},
  ) => tellingOf(said({ attempts, ...(plan === undefined ? {} : { plan }) }), answering).metadata(NOTHING_LOST);

  test("of one attempt are the vendor's", () => {
    const startedAt = performance.now() - 500;
    const told = metadata([record("openai/gpt-4o", { startedAt, firstContentAt: startedAt + 428 })]);
    expect(told).toEqual({
      attempts: [{ model: "openai/gpt-4o", success: true, time_to_first_token_ms: 428 }],
      generation_id: "0b8e0c0e-0000-4000-8000-000000000000",
      reasoning: "Using specified model: 'openai/gpt-4o' - success",
      total_duration_ms: expect.any(Number),
    });
  });

  test("name every attempt and why it failed, but nothing of the operator's account", () => {
    const told = metadata([
      record("a/m", { error: new GatewayError("upstream_overloaded", "Overloaded.", { upstreamStatus: 529 }) }),
      record("b/m", { error: new GatewayError("upstream_quota", "Organisation org-secret is out of credit.") }),
      record("openai/gpt-4o"),
    ]);
    expect(told["attempts"]).toEqual([
      { model: "a/m", success: false, error: { code: "upstream_overloaded", message: "Overloaded." } },
      { model: "b/m", success: false, error: { code: "upstream_quota" } },
      { model: "openai/gpt-4o", success: true, time_to_first_token_ms: expect.any(Number) },
    ]);
    expect(told["reasoning"]).toBe(
      "Using specified model: 'openai/gpt-4o' - success after 'a/m' failed (upstream_overloaded), 'b/m' failed (upstream_quota)",
    );
  });

  test("of a retried target call only the last attempt a success", () => {
    const error = new GatewayError("upstream_timeout", "Late.");
    const told = metadata([record("openai/gpt-4o", { error }), record("openai/gpt-4o")]);
    expect(told["attempts"]).toMatchObject([{ success: false }, { success: true }]);
  });

  test("tell of an attempt that went on with a cut answer", () => {
    const error = new GatewayError("upstream_truncated", "Cut.");
    const told = metadata([record("a/m", { error }), record("openai/gpt-4o", { continues: true })]);
    expect(told["attempts"]).toMatchObject([{ success: false }, { success: true, continues: true }]);
    expect(told["reasoning"]).toBe(
      "Using specified model: 'openai/gpt-4o' - success, continuing the answer after 'a/m' failed (upstream_truncated)",
    );
  });

  test("tell of a hedge that still runs that it lost", () => {
    const told = metadata([record("slow/m"), record("openai/gpt-4o")]);
    expect(told["attempts"]).toMatchObject([
      { model: "slow/m", success: false, error: { code: "client_closed" } },
      { model: "openai/gpt-4o", success: true },
    ]);
  });

  test.each([
    ["Router 'r': default route.", "Router 'r': default route. Using 'openai/gpt-4o' - success"],
    ["Using specified model: 'openai/gpt-4o'.", "Using specified model: 'openai/gpt-4o' - success"],
    ["", "Using specified model: 'openai/gpt-4o' - success"],
  ])("say the plan's reasoning '%s' as: %s", (reasoning, expected) => {
    const plan = planOf("router", reasoning);
    expect(metadata([record("openai/gpt-4o")], { plan })["reasoning"]).toBe(expected);
  });

  test("say what was lost in translation, and nothing when nothing was", () => {
    const telling = tellingOf(said({ attempts: [record("a/m")] }), target("a", "m"));
    const dropped = [{ feature: "top-k", detail: "No." }];
    expect(telling.metadata({ dropped, adapted: [] })).toMatchObject({ dropped });
    expect(telling.metadata({ dropped, adapted: [] })).not.toHaveProperty("adapted");
  });
});

test("the attempts in a line: statuses, and who answered", () => {
  const attempts = [
    record("openai/gpt-4o", { error: new GatewayError("upstream_overloaded", "", { upstreamStatus: 529 }) }),
    record("lab/a=b,c", { error: new GatewayError("upstream_unreachable", "") }),
    record("slow/m"),
    record("anthropic/claude"),
  ];
  expect(attemptedText(attempts, target("anthropic", "claude"))).toBe(
    "openai/gpt-4o=529,lab/a_b_c=502,slow/m=lost,anthropic/claude=ok",
  );
});
