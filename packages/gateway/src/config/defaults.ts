import type { Limits, PlainSettings } from "./settings.ts";
import type { Timeouts } from "./timeouts.ts";

export const defaultTimeouts: Timeouts = {
  connectMs: 5_000,
  firstTokenMs: 60_000,
  idleMs: 60_000,
  stallMs: 90_000,
  reasoningMs: 300_000,
  totalMs: 600_000,
  deadlineMs: 900_000,
};

const megabyte = 1024 * 1024;

/** Anthropic's documented limit is 32 MB; Gemini takes inline media up to 100 MB. */
export const defaultLimits: Limits = {
  bodyBytes: {
    "openai-chat": 32 * megabyte,
    "openai-responses": 32 * megabyte,
    "anthropic-messages": 32 * megabyte,
    gemini: 100 * megabyte,
  },
  jsonDepth: 128,
  // OpenAI takes 25 MB of sound, Groq 100 MB of those who pay for it: what one vendor refuses another may take.
  formBytes: 100 * megabyte,
};

export const defaultDataFolder = "./data";

export const defaultSettings: Omit<PlainSettings, "data"> = {
  server: { host: "127.0.0.1", port: 4747, trustedProxies: [] },
  timeouts: defaultTimeouts,
  strict: false,
  // Proxies commonly close a connection that says nothing for 60 s; clients are told well before that.
  keepAlive: { afterMs: 10_000, everyMs: 15_000 },
  limits: defaultLimits,
  logLevel: "info",
  // Envoy's and Finagle's figure: a fifth more at most, so that retries never drown what is down already.
  retries: { maxPerRequest: 4, budgetPercent: 20, budgetFloorPerSecond: 3 },
  hedging: { enabled: false, budgetPercent: 5 },
  continuation: false,
  // As long as OpenAI keeps them: https://platform.openai.com/docs/guides/conversation-state
  responses: { webSocket: true, keep: true, ttlDays: 30 },
  metadata: "body",
  auto: { costQuality: 0.5 },
  // A budget that cannot count does not hold.
  unpriced: "refuse-under-budget",
  outage: { keysMinutes: 5, replicas: 1, budgetAllowanceNano: 0 },
  ledger: { flushMs: 1000, syncMs: 200, onFullDisk: "continue", retainRequestsDays: 90, retainDailyDays: 730 },
  cache: {
    enabled: false,
    ttlSeconds: 3600,
    match: "normalised",
    toolCalls: false,
    memoryBytes: 64 * megabyte,
    entryBytes: megabyte,
    semantic: { errorRate: 0.01, shadowPercent: 5 },
  },
  promptCache: {},
  compression: { engine: "extractive", audit: false },
  // Three results and one search are Inworld's: https://docs.inworld.ai/router/capabilities/web-search
  webSearch: { engines: new Map(), maxResults: 3, maxSteps: 1, timeoutMs: 10_000, resultBytes: 65_536 },
  guardrails: {},
};
