import { randomBytes } from "node:crypto";
import { DIALECTS, PROVIDERS } from "../support.ts";
import type { Canary, CanaryKind } from "./canaries.ts";
import { FAULTS, nameOf, type Planted, QUOTES } from "./traffic.ts";

/** What a run plants. Each is made anew, so that no copy of an older run is taken for one. */
export interface Scene {
  readonly planted: Planted;
  readonly keys: { readonly owner: string; readonly limited: string; readonly poor: string };
  readonly credentials: Readonly<Record<"configured" | "inQuery" | "header" | "team", string>>;
  readonly encryptionKey: string;
  readonly canaries: readonly Canary[];
}

export function makeScene(): Scene {
  const canaries: Canary[] = [];
  const plant = (kind: CanaryKind, name: string): string => {
    const text = `${name.replaceAll(/[^a-z]/gi, "")}${randomBytes(40)
      .toString("base64")
      .replaceAll(/[^a-zA-Z0-9]/g, "")
      .slice(0, 40)}`;
    // The random part alone: the name says what it is where a test fails, and would be found in any text.
    canaries.push({ kind, name, text: text.slice(-40) });
    return text;
  };
  const planted = {
    prompt: plant("words", "prompt"),
    system: plant("words", "system"),
    toolResult: plant("words", "tool result"),
    answer: plant("words", "answer"),
    arguments: plant("words", "arguments"),
  };
  const keys = { owner: plant("key", "owner"), limited: plant("key", "limited"), poor: plant("key", "poor") };
  const credentials = {
    configured: plant("credential", "configured"),
    inQuery: plant("credential", "in query"),
    header: plant("credential", "header"),
    team: plant("credential", "team"),
  };
  const encryptionKey = plant("credential", "encryption");
  return { planted, keys, credentials, encryptionKey, canaries };
}

export interface Upstreams {
  readonly simulator: string;
  readonly quoting: string;
}

export function configOf(upstreams: Upstreams, database: boolean): object {
  const { simulator, quoting } = upstreams;
  const credentials = ["env:CANARY_CONFIGURED"];
  const price = { input: 3, output: 15 };
  const endpoints = (url: string) => ({
    "openai-chat": { baseUrl: `${url}/v1` },
    "openai-responses": { baseUrl: `${url}/v1` },
    "anthropic-messages": { baseUrl: url },
    gemini: { baseUrl: url, auth: { query: "key" } },
  });
  const only = (dialect: (typeof DIALECTS)[number], url: string, more: object = {}) => ({
    auth: "bearer",
    credentials,
    models: [{ id: "m", price, reasoning: "effort" }],
    endpoints: { [dialect]: { ...endpoints(url)[dialect], ...more } },
  });
  const failing = FAULTS.flatMap((fault) =>
    DIALECTS.map((dialect) => [`f-${nameOf(fault)}-${dialect}`, only(dialect, simulator)]),
  );
  const quotes = QUOTES.flatMap((how) =>
    DIALECTS.map((dialect) => {
      const models = [`quoting-${how}`];
      const entry = only(dialect, quoting, { headers: { "x-extra-token": "env:CANARY_HEADER" } });
      return [`q-${how}-${dialect}`, { ...entry, credentials: ["env:CANARY_IN_QUERY"], models }];
    }),
  );
  return {
    server: { host: "127.0.0.1", port: 0 },
    logLevel: "trace",
    metadata: "body",
    limits: { bodyBytes: { "openai-chat": 300_000 } },
    encryptionKey: "env:CANARY_ENCRYPTION",
    ...(database ? { database: "env:TEST_DATABASE" } : {}),
    keys: [
      { name: "owner", key: "env:CANARY_OWNER", role: "owner", privacy: { retainBodiesHours: 1 } },
      {
        name: "limited",
        key: "env:CANARY_LIMITED",
        models: Object.values(PROVIDERS).map((provider) => `${provider}/m`),
        limits: [{ unit: "requests", per: "day", limit: 1 }],
      },
      { name: "poor", key: "env:CANARY_POOR", budgets: [{ window: "total", limit: 0.000000001 }] },
    ],
    providers: {
      chat: only("openai-chat", simulator),
      responses: only("openai-responses", simulator),
      messages: only("anthropic-messages", simulator),
      "own-gemini": only("gemini", simulator),
      brought: { auth: "bearer", credentials: [], models: ["m"], endpoints: endpoints(simulator) },
      "quoted-team": { auth: "bearer", credentials: [], models: ["quoting-400"], endpoints: endpoints(quoting) },
      ...Object.fromEntries([...failing, ...quotes]),
    },
    routers: [
      {
        name: "routers/by-words",
        routes: [
          {
            route: { variants: [{ variant: { model_id: "chat/m" }, weight: 100 }] },
            condition: { cel_expression: 'messages.exists(m, m.role == "user")' },
          },
        ],
        defaultRoute: { variants: [{ variant: { model_id: "messages/m" }, weight: 100 }] },
      },
    ],
  };
}

export function environmentOf({ keys, credentials, encryptionKey }: Scene): Readonly<Record<string, string>> {
  return {
    CANARY_OWNER: keys.owner,
    CANARY_LIMITED: keys.limited,
    CANARY_POOR: keys.poor,
    CANARY_CONFIGURED: credentials.configured,
    CANARY_IN_QUERY: credentials.inQuery,
    CANARY_HEADER: credentials.header,
    CANARY_ENCRYPTION: encryptionKey,
  };
}

/** Configurations with a secret in the wrong place: they are complained of, and not taken. */
export function wrongConfigs(right: object, secret: string): readonly string[] {
  const changed = (more: object) => JSON.stringify({ ...right, ...more });
  return [
    changed({ keys: [{ name: "wrong", kye: secret }] }),
    changed({ keys: secret }),
    changed({ keys: [{ name: "wrong", key: secret, role: secret }] }),
    changed({ keys: [{ name: secret.slice(0, 3), key: { secret } }] }),
    changed({ keys: [{ name: "wrong", key: `env:${secret}-${secret}` }] }),
    changed({ providers: { wrong: { credentials: secret } } }),
    changed({ providers: { wrong: { credentials: [{ key: secret, weight: secret }] } } }),
    changed({ providers: { wrong: { auth: secret, credentials: [secret] } } }),
    changed({ providers: { wrong: { endpoints: { gemini: { baseUrl: `https://user:${secret}@example.com` } } } } }),
    changed({ providers: { wrong: { headers: { authorization: [secret] } } } }),
    changed({ database: [secret] }),
    changed({ encryptionKey: [secret] }),
    changed({ redis: { url: secret } }),
    `keys: [${secret}`,
    `{"keys": [{"name": "wrong", "key": "${secret}"}, {"name": "wrong", "key": "${secret}"}]`,
    `keys:\n  - name: wrong\n    key: "${secret}\n`,
    `keys: *${secret}\n`,
    `keys: !!${secret} x\n`,
  ];
}
