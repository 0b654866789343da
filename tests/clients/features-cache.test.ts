import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Surface } from "./driver.ts";
import type { Json, Seen } from "./drivers/feature-clients.ts";
import { type FeatureRig, installed, modelsAsked, SURFACES, startFeatureRig, upstreams } from "./features-rig.ts";
import { gatewayKey } from "./gateway.ts";

/** A hit of the response cache is a miss to the vendors' own libraries, but for what is of one answer alone. */

const clients = installed ? await import("./drivers/feature-clients.ts") : undefined;

const OTHER_KEY = "another-key-for-the-cache";

let rig: FeatureRig;
beforeAll(async () => {
  rig = await startFeatureRig({
    more: () => ({
      cache: { enabled: true },
      keys: [
        { name: "client-tests", key: gatewayKey },
        { name: "other", key: OTHER_KEY },
      ],
    }),
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

let count = 0;
const fresh = (): string => `[[say Track ${++count} is clear, and so is the one behind it: go on.]]`;

interface Asked {
  readonly surface: Surface;
  readonly upstream?: Surface;
  readonly stream?: boolean;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly key?: string;
}

function ask({
  surface,
  upstream = surface,
  stream = false,
  text,
  headers = {},
  body = {},
  key,
}: Asked): Promise<Seen> {
  if (clients === undefined) throw new Error("no libraries");
  return clients.askers[surface]({
    target: rig.target(`${upstreams[upstream]}/m`, key),
    body: { ...clients.questionFor(surface, text), ...body },
    stream,
    headers,
  });
}

const status = (seen: Seen) => seen.header("x-cache");

/** Of one answer alone: its ids, its times, what it used, what the gateway tells of it, and padding. */
const OWN = new Set(["id", "item_id", "responseId", "created", "created_at", "completed_at"]);
const TOLD = new Set(["metadata", "signalbox_metadata", "obfuscation"]);
const USED = new Set(["usage", "usageMetadata"]);

function normal(value: Json): Json {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  const names = Object.keys(value).filter((name) => !TOLD.has(name));
  return Object.fromEntries(
    names.toSorted().map((name) => {
      const inner = value[name];
      if (OWN.has(name)) return [name, typeof inner];
      return [name, USED.has(name) && inner !== null ? "used" : normal(inner)];
    }),
  );
}

/** The words of a piece: how many pieces a text comes in is nobody's promise. */
const WORDS = new Set(["delta", "text", "content", "thinking", "partial_json", "arguments"]);
/** What a stream may say at its beginning or at its end, or oftener, is looked at in the object that it makes. */
const OF_ALL = new Set([
  ...["sequence_number", "service_tier", "system_fingerprint", "usageMetadata"],
  ...["completed_at", "prompt_cache_retention"],
]);

function kind(event: Json): string {
  // OpenAI's API has told the name here, and does not now: the item has it.
  const { name: _, ...unnamed } = event;
  const told = event.type === "response.function_call_arguments.done" ? unnamed : event;
  return JSON.stringify(normal(told), (name, value) => {
    if (OF_ALL.has(name)) return undefined;
    return typeof value === "string" && WORDS.has(name) ? "…" : value;
  });
}

/** The kinds of a stream's events in their order, pieces of one text as one. */
const kinds = ({ events }: Seen) => events.map(kind).filter((one, at, list) => one !== list[at - 1]);

const pairs = SURFACES.flatMap((surface) =>
  (["openai-chat", "anthropic-messages", surface] as const)
    .filter((upstream, at, list) => list.indexOf(upstream) === at)
    .map((upstream) => ({ surface, upstream })),
);

describe.skipIf(!installed).each(pairs)("$surface to $upstream", (pair) => {
  test.each([false, true])("a hit is the object and the events of a miss, streamed: %s", async (stream) => {
    const asked = { ...pair, stream, text: fresh() };
    const miss = await ask(asked);
    const hit = await ask(asked);
    expect([status(miss), status(hit)]).toEqual(["MISS", "HIT-exact"]);
    expect(normal(hit.object)).toEqual(normal(miss.object));
    expect(kinds(hit)).toEqual(kinds(miss));
    expect(modelsAsked(rig)).toHaveLength(1);
  });

  test.each([false, true])("what was asked for once is given in the other form, streamed first: %s", async (stream) => {
    const text = fresh();
    const miss = await ask({ ...pair, stream, text });
    const hit = await ask({ ...pair, stream: !stream, text });
    expect([status(miss), status(hit)]).toEqual(["MISS", "HIT-exact"]);
    const own = await ask({ ...pair, stream: !stream, text: `again: ${text}` });
    expect(status(own)).toBe("MISS");
    expect(normal(hit.object)).toEqual(normal(own.object));
    expect(kinds(hit)).toEqual(kinds(own));
  });
});

const SCHEMA = { type: "object", properties: { at: { type: "integer" } }, required: ["at"] };
const TOOLS: Readonly<Record<Surface, Json>> = {
  "openai-chat": { tools: [{ type: "function", function: { name: "look", parameters: SCHEMA } }] },
  "openai-responses": { tools: [{ type: "function", name: "look", parameters: SCHEMA, strict: false }] },
  "anthropic-messages": { tools: [{ name: "look", input_schema: SCHEMA }] },
  gemini: { config: { tools: [{ functionDeclarations: [{ name: "look", parametersJsonSchema: SCHEMA }] }] } },
};
const KEEP_CALLS = { "x-signalbox-routing": '{"cache":{"tool_calls":true}}' };

describe.skipIf(!installed).each(SURFACES)("%s", (surface) => {
  test.each([false, true])("calls of tools are kept only where that is asked for, streamed: %s", async (stream) => {
    const asked = { surface, stream, text: `${fresh()}[[tool look {"at":1}]]`, body: TOOLS[surface] };
    expect([status(await ask(asked)), status(await ask(asked))]).toEqual(["MISS", "MISS"]);
    const wanted = { ...asked, headers: KEEP_CALLS };
    const miss = await ask(wanted);
    const hit = await ask(wanted);
    expect([status(miss), status(hit)]).toEqual(["MISS", "HIT-exact"]);
    expect(normal(hit.object)).toEqual(normal(miss.object));
    expect(kinds(hit)).toEqual(kinds(miss));
    expect(JSON.stringify(hit.object)).toContain("look");
    expect(modelsAsked(rig)).toHaveLength(3);
  });

  test("of ten who ask the same at once one asks the model, whole and streamed alike", async () => {
    const text = `${fresh()}[[fault slow-first-token=150]]`;
    const twins = await Promise.all(
      Array.from({ length: 10 }, (_, at) => ask({ surface, text, stream: at % 2 === 0 })),
    );
    expect(modelsAsked(rig)).toHaveLength(1);
    expect(twins.map(status).toSorted()).toEqual([...Array(9).fill("HIT-exact"), "MISS"]);
    const [first] = twins.filter(({ events }) => events.length === 0);
    for (const twin of twins.filter(({ events }) => events.length === 0))
      expect(normal(twin.object)).toEqual(normal(first?.object));
  });

  test("no-store: neither given from the cache nor kept", async () => {
    const [text, other] = [fresh(), fresh()];
    const headers = { "cache-control": "no-store" };
    const statuses: (string | null)[] = [];
    for (const asked of [{ text }, { text, headers }, { text: other, headers }, { text: other }])
      statuses.push(status(await ask({ surface, ...asked })));
    expect(statuses).toEqual(["MISS", "BYPASS", "BYPASS", "MISS"]);
    expect(modelsAsked(rig)).toHaveLength(4);
  });

  test("a hit has used nothing, and is nobody else's", async () => {
    const text = fresh();
    await ask({ surface, text });
    const { object, header } = await ask({ surface, text });
    expect(header("age")).toMatch(/^\d+$/);
    expect(JSON.stringify(object.usage ?? object.usageMetadata)).not.toMatch(/:[1-9]/);
    expect(status(await ask({ surface, text, key: OTHER_KEY }))).toBe("MISS");
  });
});
