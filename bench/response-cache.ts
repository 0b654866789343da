/**
 * What an exact hit of the response cache costs in process: `node bench/response-cache.ts`. CPU time of this process for finding the
 * answer to a request of 1 KB among ten thousand: what it depends on, its digest, the look-up, reading the entry. Beside it the same loop
 * without, so that only what the cache adds is counted.
 */
import { pathToFileURL } from "node:url";
import { buildSnapshot } from "../packages/gateway/src/catalogue/snapshot.ts";
import { parseConfig } from "../packages/gateway/src/config/load.ts";
import {
  exactDigest,
  normalisedDigest,
  type ScannedRequest,
} from "../packages/gateway/src/features/response-cache/request-digest.ts";
import { createResponseCache, idOf } from "../packages/gateway/src/features/response-cache/response-cache.ts";
import { scopeOf } from "../packages/gateway/src/pipeline/features/answer-cache-scope.ts";
import { noPreferences } from "../packages/gateway/src/routing/preferences.ts";
import { MemoryValues } from "../packages/gateway/src/store/shared-state/memory-values.ts";
import { scanObject } from "../packages/protocol/src/index.ts";
import { percentile } from "./load.ts";

const ENTRIES = 10_000;
const LOOKUPS = 20_000;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 10);
const BOUND_MICROS = 30;

const endpoints = { "openai-chat": { baseUrl: "http://127.0.0.1:1/v1" } };
const config = { providers: { p: { auth: "none", models: ["m"], endpoints } }, cache: { enabled: true } };

function source() {
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "bench.yaml", folder: ".", sources });
  const snapshot = buildSnapshot(loaded, { environment: {}, keys: [] });
  const headers = {
    host: "127.0.0.1:4747",
    "user-agent": "OpenAI/JS 6.0.0",
    "content-type": "application/json",
    authorization: "Bearer a-key",
    "x-stainless-lang": "js",
  };
  const cache = createResponseCache(new MemoryValues({ limitBytes: () => 1e9 }), "1.0.0");
  const surface = { dialect: "openai-chat", operation: "generate", query: "" } as const;
  return { surface, snapshot, request: { headers }, outcome: { key: { id: "bench" } }, services: { cache } };
}

/** A kilobyte of system prompt and question, as they come. */
function requestOf(at: number) {
  const system =
    "You answer questions about trains, tracks and signals, briefly and in the words of a signaller. ".repeat(7);
  const bytes = Buffer.from(
    JSON.stringify({
      model: "p/m",
      temperature: 0.2,
      messages: [
        { role: "system", content: system },
        {
          role: "user",
          content: `What is the signal at track number ${at} for, and who has set it there?`.padEnd(180, " please"),
        },
      ],
    }),
  );
  return { bytes, scan: scanObject(bytes, {}), dialect: "openai-chat" } as const;
}

const kept = {
  tenant: "key:bench",
  exact: "",
  response: {
    model: "m",
    parts: [
      { type: "text", text: "It is for the down line, and the signaller at the west box has set it. ".repeat(8) },
    ],
    finishReason: { unified: "stop", raw: "stop" },
    usage: { inputTokens: 250, outputTokens: 120 },
  },
  losses: { dropped: [], adapted: [] },
  provider: "p",
  place: "here",
  model: "m",
  createdAt: Date.now(),
  ttlSeconds: 3_600,
} as const;

function both(request: ScannedRequest, scope: string): string {
  exactDigest(request, scope);
  return normalisedDigest(request, scope);
}

/** A line for each way of matching. */
export async function cacheLookups(): Promise<string> {
  const exchange = source();
  const { cache } = exchange.services;
  const requests = Array.from({ length: ENTRIES }, (_, at) => requestOf(at));
  const wish = { model: "p/m", preferences: noPreferences };
  const plan = { targets: [], features: { steps: ["support/default/primary"] } };
  const lines: string[] = [];
  for (const [name, digest] of [
    ["exact", exactDigest],
    // The gateway makes both, to tell which of the two has found the answer.
    ["normalised", both],
  ] as const) {
    for (const request of requests) {
      const id = idOf(digest(request, scopeOf(exchange, wish, plan)));
      const { stamp = "" } = await cache.find(id, ["support"]);
      await cache.keep(id, kept, { routers: ["support"], stamp, limitBytes: 1e6 });
    }
    let found = 0;
    const look = (at: number): void => {
      const request = requests[at % ENTRIES];
      if (request === undefined) return;
      const looked = cache.find(idOf(digest(request, scopeOf(exchange, wish, plan))), ["support"]);
      if (!(looked instanceof Promise) && looked.kept !== undefined) found += 1;
    };
    const idle = (at: number): void => {
      if (requests[at % ENTRIES] === undefined) found += 1;
    };
    const micros = cpuOf(look, idle);
    if (found !== LOOKUPS * (ROUNDS + 1)) throw new Error(`Only ${found} look-ups have found their answer.`);
    const bound = name === "exact" ? ` (bound ${BOUND_MICROS} µs${micros <= BOUND_MICROS ? "" : ": MISSED"})` : "";
    lines.push(
      `response cache, ${name} hit of a request of 1 KB among ${ENTRIES}: ${micros.toFixed(1)} µs CPU${bound}`,
    );
  }
  return lines.join("\n");
}

/** Median over rounds, each beside a round without; the first warms up. */
function cpuOf(work: (at: number) => void, idle: (at: number) => void): number {
  const run = (one: (at: number) => void): number => {
    const before = process.cpuUsage();
    for (let at = 0; at < LOOKUPS; at += 1) one(at);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / LOOKUPS;
  };
  const rounds: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const added = run(work) - run(idle);
    if (round >= 0) rounds.push(added);
  }
  return percentile(rounds, 0.5);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await cacheLookups());
