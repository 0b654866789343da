import { GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { buildSnapshot, type Snapshot } from "../catalogue/snapshot.ts";
import { parseConfig } from "../config/load.ts";
import { makePlan } from "./make-plan.ts";
import { nothingObserved } from "./rank.ts";
import type { RequestView } from "./request-view.ts";
import { createSessionMemory } from "./stickiness.ts";
import { requestView } from "./testing/request-view.ts";

const endpoints = { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } };
const server = (models: readonly unknown[]) => ({ auth: "none", endpoints, models });
const price = (input: number) => ({ input, output: input });

function snapshot(more: Readonly<Record<string, unknown>> = {}): Snapshot {
  const config = {
    providers: {
      one: server([{ id: "m", price: price(2), contextTokens: 8000 }, "n"]),
      two: server([
        { id: "m", price: price(1), contextTokens: 200_000, images: false },
        { id: "gratis", price: price(0) },
      ]),
    },
    ...more,
  };
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "test.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] });
}

const router = (name: string, model: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  defaultRoute: { variants: [{ variant: { model_id: model, ...more }, weight: 100 }] },
});

function plan(view: Partial<RequestView>, from: Snapshot = snapshot()) {
  return makePlan(
    from,
    { ...requestView({}), ...view },
    {
      now: 0,
      chance: () => 0.5,
      health: nothingObserved,
      sessions: createSessionMemory(),
    },
  );
}

const names = ({ targets }: ReturnType<typeof plan>) => targets.map(({ provider, model }) => `${provider.id}/${model}`);

function refusal(view: Partial<RequestView>, from?: Snapshot): GatewayError {
  try {
    plan(view, from);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("there is a plan");
}

describe("a model's name", () => {
  test("comes to the providers that have it, and says that it was specified", () => {
    const made = plan({ model: "m" });
    expect(names(made)).toEqual(["one/m", "two/m"]);
    expect([made.asked, made.reasoning]).toEqual(["model", "Using specified model: 'm'."]);
  });

  test("with :floor comes to the cheapest first", () => {
    expect(names(plan({ model: "m:floor" }))).toEqual(["two/m", "one/m"]);
  });

  test("with the cheapest first says who would be first else", () => {
    expect(plan({ model: "m" }).usual).toBeUndefined();
    expect(plan({ model: "m:floor" }).usual).toBe("one/m");
    const preferences = { ...requestView({}).preferences, sort: [{ metric: "price" as const }] };
    const ordered = snapshot({ models: { fast: { targets: ["one/m", "two/m"] } } });
    expect(plan({ model: "fast", preferences }, ordered).usual).toBe("one/m");
    const shared = snapshot({
      models: {
        fast: {
          targets: [
            { target: "one/m", weight: 1 },
            { target: "two/m", weight: 3 },
          ],
        },
      },
    });
    expect(plan({ model: "fast", preferences }, shared).usual).toBeUndefined();
    const said = { ...preferences, provider: { order: ["two"] } };
    expect(plan({ model: "m", preferences: said }).usual).toBeUndefined();
  });

  test("with the cheapest first says nobody who could not answer", () => {
    const features = { ...requestView({}).features(), inputTokens: 20_000 };
    const made = plan({ model: "m:floor", features: () => features });
    expect([names(made), made.usual]).toEqual([["two/m"], undefined]);
  });

  test("that nobody has is not found", () => {
    expect(refusal({ model: "nothing" }).code).toBe("model_not_found");
  });

  test("whose targets all lack what the request needs is refused with what they lack", () => {
    const features = { ...requestView({}).features(), images: true, inputTokens: 20_000 };
    const error = refusal({ model: "m", features: () => features });
    expect(error.status).toBe(400);
    expect(error.message).toContain("one/m: it lacks a context of");
    expect(error.message).toContain("two/m: it lacks image input");
  });
});

describe("a provider that the request names beside the model", () => {
  const any = { auth: "none", endpoints };
  const from = () =>
    snapshot({
      providers: {
        openai: { credentials: ["k"] },
        anthropic: { credentials: ["k"] },
        aggregator: any,
        groq: { credentials: ["k"] },
        cerebras: { credentials: ["k"] },
        lab: server(["anthropic/claude-haiku-4.5"]),
      },
    });
  const pinned = (model: string, only: readonly string[]) => ({
    model,
    preferences: { ...requestView({}).preferences, provider: { only, allowFallbacks: false } },
  });

  test.each([
    ["openai/gpt-4-turbo", ["aggregator"], "aggregator/openai/gpt-4-turbo"],
    ["openai/gpt-oss-120b", ["groq"], "groq/openai/gpt-oss-120b"],
    ["openai/gpt-oss-77b", ["groq"], "groq/openai/gpt-oss-77b"],
    ["openai/gpt-oss-120b", ["cerebras"], "cerebras/gpt-oss-120b"],
    ["anthropic/claude-haiku-4-5", ["lab"], "lab/anthropic/claude-haiku-4.5"],
    ["openai/gpt-4-turbo", ["openai", "aggregator"], "openai/gpt-4-turbo"],
    ["openai/gpt-4-turbo", ["openai/gpt-4-turbo", "aggregator"], "openai/gpt-4-turbo"],
  ])("answers %s at %j as %s", (model, only, target) => {
    expect(names(plan(pinned(model, only), from()))).toEqual([target]);
  });

  test.each([
    ["openai/gpt-4-turbo", ["lab"]],
    ["openai/gpt-4-turbo", ["anthropic"]],
    ["openai/gpt-4-turbo", ["nobody"]],
    ["gpt-4-turbo", ["aggregator"]],
  ])("is refused %s at %j, which it does not have", (model, only) => {
    const error = refusal(pinned(model, only), from());
    expect(error.status).toBe(400);
    expect(error.message).toContain("openai/gpt-4-turbo: the request names only other providers");
  });

  test("gets no names of a pool, which are this gateway's own", () => {
    const error = refusal(pinned("auto", ["aggregator"]), from());
    expect(error.message).toContain("the request names only other providers");
  });
});

describe("fallbacks", () => {
  const from = () => snapshot({ routers: [router("spare", "one/n", { text_generation_config: { temperature: 0 } })] });
  const asking = (models: readonly string[]) => ({ ...requestView({}).preferences, models });

  test("may be routers, with what those lay over the request, and have suffixes", () => {
    const made = plan({ model: "two/m", preferences: asking(["router/spare", "m:floor"]) }, from());
    expect(names(made)).toEqual(["two/m", "one/n", "one/m"]);
    expect(made.targets.map(({ overrides }) => overrides?.generation)).toEqual([
      undefined,
      { temperature: 0 },
      undefined,
    ]);
  });

  test("that lead nowhere are left out and said so", () => {
    const made = plan({ model: "two/m", preferences: asking(["router/gone", "nothing"]) }, from());
    expect(names(made)).toEqual(["two/m"]);
    expect(made.rejected).toEqual([
      { target: "router/gone", why: "There is no router 'gone' here." },
      { target: "nothing", why: "nobody here has a model of this name" },
    ]);
  });
});

describe("the request's limit for the first token", () => {
  const hurried = { ...requestView({}).preferences, models: ["router/spare"], firstTokenMs: 300 };
  const from = () => snapshot({ routers: [{ ...router("spare", "one/n"), timeouts: { first_token_ms: 9000 } }] });
  const limits = (made: ReturnType<typeof plan>) => made.targets.map(({ firstTokenMs }) => firstTokenMs);

  test("is every target's, fallbacks and routers and those of auto too", () => {
    const made = plan({ model: "m", stream: true, preferences: hurried }, from());
    expect(names(made)).toEqual(["one/m", "two/m", "one/n"]);
    expect(limits(made)).toEqual([300, 300, 300]);
    expect(made.targets.map(({ timeouts }) => timeouts.firstTokenMs)).toEqual([60_000, 60_000, 9000]);
    const auto = plan({ model: "auto", stream: true, preferences: { ...hurried, models: ["m"] } }, from());
    expect(limits(auto)).toEqual([300, 300]);
    expect(limits(plan({ model: "m", stream: true }, from()))).toEqual([undefined, undefined]);
    expect(made.unserved).toEqual([]);
  });

  test("is reported as not served where the answer comes whole", () => {
    expect(plan({ model: "m", preferences: hurried }, from()).unserved).toEqual(["fallback.ttft_timeout"]);
    const routed = plan({ model: "router/spare", preferences: { ...hurried, models: [] } }, from());
    expect(routed.unserved).toEqual(["fallback.ttft_timeout"]);
  });
});

describe("a router", () => {
  test("leads to its variant's model, suffix and all", () => {
    const made = plan({ model: "inworld/cheap" }, snapshot({ routers: [router("cheap", "m:floor")] }));
    expect(names(made)).toEqual(["two/m", "one/m"]);
    expect(made.asked).toBe("router");
    expect(made.reasoning).toContain("Router 'cheap': route");
  });

  test("may lead to another, and nowhere twice", () => {
    const routers = [
      router("outer", "router/inner"),
      router("inner", "one/n"),
      router("ring", "router/back"),
      router("back", "router/ring"),
    ];
    const from = snapshot({ routers });
    expect(names(plan({ model: "router/outer" }, from))).toEqual(["one/n"]);
    expect(refusal({ model: "router/ring" }, from).message).toContain("leads back to itself");
  });

  test("cannot be talked past its policy", () => {
    const routers = [router("kept", "m", { model_selection: { ignore: ["two"] } })];
    const wishing = { ...requestView({}).preferences, provider: { order: ["two"] } };
    const made = plan({ model: "router/kept", preferences: wishing }, snapshot({ routers }));
    expect(names(made)).toEqual(["one/m"]);
  });
});

describe("auto", () => {
  test("chooses among what is configured, and remembers why", () => {
    const made = plan({ model: "auto" });
    expect(made.asked).toBe("auto");
    expect(made.targets).toHaveLength(4);
    expect([made.decision?.chosen.name, made.pin?.target]).toEqual([names(made)[0], names(made)[0]]);
  });

  test("that costs nothing is AnyRouter's free", () => {
    expect(names(plan({ model: "anyrouter/free" }))).toEqual(["two/gratis"]);
  });

  test("takes a model that nobody has scored where no other will do", () => {
    const scored = { id: "dear", price: price(9), scores: { intelligence: 50 } };
    const providers = { lab: server([scored, { id: "gratis", price: price(0) }]) };
    expect(names(plan({ model: "auto" }, snapshot({ providers })))).toEqual(["lab/dear"]);
    expect(names(plan({ model: "auto:free" }, snapshot({ providers })))).toEqual(["lab/gratis"]);
  });

  test("sorted by what the request says", () => {
    const made = plan({ model: "auto", preferences: { ...requestView({}).preferences, sort: [{ metric: "price" }] } });
    expect(names(made).slice(0, 3)).toEqual(["two/gratis", "two/m", "one/m"]);
  });
});
