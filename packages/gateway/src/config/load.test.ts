import { describe, expect, test } from "vitest";
import { ConfigError } from "./issues.ts";
import { fromEnvironment, type LoadedConfig, parseConfig } from "./load.ts";

const longKey = "0123456789abcdef";

function parse(
  text: string,
  environment: Record<string, string> = {},
  files: Record<string, string> = {},
): LoadedConfig {
  return parseConfig(text, {
    name: "signalbox.yaml",
    folder: "/etc/signalbox",
    sources: {
      environment,
      readFile: (path) => {
        const file = files[path];
        if (file === undefined) throw Object.assign(new Error(`ENOENT ${path}`), { code: "ENOENT" });
        return file;
      },
    },
  });
}

function complaint(text: string, environment: Record<string, string> = {}): string {
  try {
    parse(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("a configuration", () => {
  test("may be empty: everything has a default", () => {
    const { config } = parse("");
    expect(config.server).toEqual({ host: "127.0.0.1", port: 4747, trustedProxies: [] });
    expect(config.timeouts).toMatchObject({ connectMs: 5000, firstTokenMs: 60_000, stallMs: 90_000, totalMs: 600_000 });
    expect(config.limits.bodyBytes.gemini).toBe(100 * 1024 * 1024);
    expect(config.data).toBe("/etc/signalbox/data");
    expect(config.providers).toBeUndefined();
    expect(config.strict).toBe(false);
  });

  test("names the proxies that are believed by their ranges of addresses", () => {
    const { config } = parse("server: { trustedProxies: [10.0.0.0/8, '2001:db8::/32', 192.0.2.1] }");
    expect(config.server.trustedProxies).toEqual(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]);
    expect(complaint("server: { trustedProxies: [10.0.0.0/33] }")).toMatch(/not an address or a CIDR range/);
    expect(complaint("server: { trustedProxies: [proxy.example] }")).toMatch(/not an address or a CIDR range/);
  });

  test("is read as the guide shows it", () => {
    const { config } = parse(
      `
server:   { host: 127.0.0.1, port: 5000 }
timeouts: { connectMs: 1000 }
data:     /var/lib/signalbox
keys:
  - { name: ci, key: env:CI_KEY }
providers:
  openai:    { credentials: [env:OPENAI_API_KEY], timeouts: { totalMs: 1000 } }
  anthropic: { credentials: [one-credential, file:secrets/second] }
  lab:
    auth: none
    endpoints:
      openai-chat:        { baseUrl: http://127.0.0.1:8000/v1/ }
      anthropic-messages: { baseUrl: http://127.0.0.1:8000, quirks: { cacheControl: drop } }
    models: [llama-4-scout, { id: big, contextTokens: 9000, reasoning: effort }]
models:
  fast: { targets: [groq/llama-3.3-70b-versatile, { target: openai/gpt-5-mini, timeouts: { idleMs: 5 } }] }
`,
      { CI_KEY: longKey, OPENAI_API_KEY: "sk-test" },
      { "secrets/second": "second-credential\n" },
    );
    expect(config.timeouts).toMatchObject({ connectMs: 1000, idleMs: 60_000 });
    expect(config.providers?.get("openai")?.credentials.map(({ secret }) => secret.reveal())).toEqual(["sk-test"]);
    expect(config.providers?.get("anthropic")?.credentials.map(({ secret }) => secret.reveal())).toEqual([
      "one-credential",
      "second-credential",
    ]);
    const lab = config.providers?.get("lab");
    expect(lab?.auth).toEqual({ kind: "none" });
    expect(lab?.endpoints["openai-chat"]?.baseUrl).toBe("http://127.0.0.1:8000/v1");
    expect(lab?.endpoints["anthropic-messages"]?.quirks).toEqual({ cacheControl: "drop" });
    expect(lab?.models).toEqual([{ id: "llama-4-scout" }, { id: "big", contextTokens: 9000, reasoning: "effort" }]);
    expect(config.models.get("fast")?.targets).toEqual([
      { provider: "groq", model: "llama-3.3-70b-versatile", timeouts: {} },
      { provider: "openai", model: "gpt-5-mini", timeouts: { idleMs: 5 } },
    ]);
  });

  test("keeps a client key as its digest only, and shows no credential to loggers", () => {
    const { config } = parse(
      `keys: [{ name: a, key: ${longKey} }]\nproviders: { openai: { credentials: [sk-visible] } }`,
    );
    expect(config.keys).toEqual([
      {
        id: "config:a",
        name: "a",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        policies: [{ kind: "key", id: "config:a", policy: {} }],
        credentials: [],
        metadata: {},
        disabled: false,
      },
    ]);
    const shown = JSON.stringify(config, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
    expect(shown).not.toContain("sk-visible");
    expect(shown).not.toContain(longKey);
  });

  test("splits a target at its first slash, since model names may hold more", () => {
    const { config } = parse("models: { a: { targets: [openrouter/anthropic/claude-opus-5] } }");
    expect(config.models.get("a")?.targets[0]).toMatchObject({
      provider: "openrouter",
      model: "anthropic/claude-opus-5",
    });
  });

  test("takes every form of auth", () => {
    const { config } = parse(`
providers:
  a: { auth: { header: X-Key }, endpoints: { gemini: { baseUrl: "https://a.example", auth: { query: key } } } }
  b: { auth: { awsSigv4: { service: bedrock, region: eu-west-1 } } }
`);
    expect(config.providers?.get("a")?.auth).toEqual({ kind: "header", name: "X-Key" });
    expect(config.providers?.get("a")?.endpoints.gemini?.auth).toEqual({ kind: "query", name: "key" });
    expect(config.providers?.get("b")?.auth).toEqual({ kind: "aws-sigv4", service: "bedrock", region: "eu-west-1" });
  });
});

describe("what is wrong is said with file, line, column and path", () => {
  test.each([
    ["an unknown key", "server:\n  hots: 1\n", "signalbox.yaml:2:3: server.hots: unknown key; did you mean host?"],
    ["a wrong type", "server:\n  port: eighty\n", "signalbox.yaml:2:9: server.port: must be a number, not text"],
    ["a number for text", "keys: [{ name: a, key: 12 }]", "keys[0].key: must be text, not a number: put it in quotes"],
    ["a list for a map", "providers: [a]", "providers: must be a map of keys and values, not a list"],
    ["what is not there", "keys: [{ name: a }]", "keys[0].key: is missing"],
    ["a word that there is not", "logLevel: loud", "logLevel: must be one of silent, error, warn"],
    ["bad YAML", "server: {\n", "signalbox.yaml:2:1: "],
    [
      "a secret that YAML takes for an alias",
      "keys:\n  - key: *s3cret\n",
      "signalbox.yaml:2:10: This alias has no anchor",
    ],
    ["a secret that YAML takes for a tag", "keys:\n  - key: !s3cret\n", "signalbox.yaml:2:10: Tags are not understood"],
    ["a key that is there twice", "strict: true\nstrict: false\n", "signalbox.yaml:2:1: Map keys must be unique"],
    [
      "a variable that is not set",
      "providers:\n  openai:\n    credentials: [env:NOT_SET]\n",
      "signalbox.yaml:3:19: providers.openai.credentials[0]: the environment variable NOT_SET is not set",
    ],
    [
      "a file that is not there",
      "keys:\n  - name: a\n    key: file:missing\n",
      "signalbox.yaml:3:10: keys[0].key: cannot read the file missing: it does not exist",
    ],
    [
      "an unknown quirk",
      "providers:\n  x:\n    endpoints:\n      openai-chat: { baseUrl: http://h/v1, quirks: { typo: 1 } }\n",
      "signalbox.yaml:4:54: providers.x.endpoints.openai-chat.quirks.typo: unknown key",
    ],
    [
      "a base URL that is none",
      "providers: { x: { endpoints: { gemini: { baseUrl: ftp://h } } } }",
      "signalbox.yaml:1:51: providers.x.endpoints.gemini.baseUrl: must be an http:// or https:// URL",
    ],
    ["a provider's name with a slash", "providers: { a/b: {} }", 'signalbox.yaml:1:14: providers."a/b": '],
    [
      "a target without provider",
      "models: { a: { targets: [gpt-5] } }",
      "models.a.targets[0]: write a target as provider/model",
    ],
    [
      "two auth schemes",
      "providers: { a: { auth: { header: x, query: y } } }",
      "write exactly one of header, query and awsSigv4",
    ],
    [
      "an auth scheme that there is not",
      "providers: { a: { auth: { heade: x } } }",
      "providers.a.auth.heade: unknown key; did you mean header?",
    ],
    [
      "a word that is no auth scheme",
      "providers: { a: { auth: basic } }",
      "providers.a.auth: must be bearer, none, azure, google-oauth, aws-sigv4, { header: NAME } or { query: NAME }",
    ],
    [
      "a misspelt quirk",
      "providers: { a: { endpoints: { openai-chat: { quirks: { maxTokenField: max_tokens } } } } }",
      "unknown key; did you mean maxTokensField?",
    ],
    ["a header of the transport", "providers: { a: { headers: { Host: x } } }", "belongs to the transport"],
    ["a short client key", "keys: [{ name: a, key: short }]", "a key needs at least 16 characters"],
    ["what a later version may have", "plugins: []", "signalbox.yaml:1:1: plugins: unknown key"],
    [
      "a router whose weights are no whole",
      "routers:\n  - name: a\n    defaultRoute:\n      variants: [{ variant: { model_id: x/y }, weight: 99 }]\n",
      "signalbox.yaml:4:17: routers[0].defaultRoute.variants: the weights of a route must add up to exactly 100, these add up to 99",
    ],
  ])("%s", (_what, text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  test("all of it at once", () => {
    expect(complaint("a: 1\nb: 2\nserver: { port: -1 }").split("\n")).toHaveLength(3);
  });

  test("never with a secret's value", () => {
    const secret = "sk-very-secret-value";
    const texts = [
      `keys: [{ name: a, key: ${secret.slice(0, 10)} }]`,
      `providers: { openai: { credentials: "${secret}" } }`,
      `providers: { openai: { credentials: ["env:${secret}"] } }`,
      `providers: { openai: { auth: "${secret}" } }`,
    ];
    for (const text of texts) {
      expect(complaint(text)).not.toBe("");
      expect(complaint(text)).not.toContain(secret.slice(0, 10));
    }
    const control = complaint("providers: { openai: { credentials: [env:BAD] } }", { BAD: `${secret}\nX: y` });
    expect(control).toContain("control character");
    expect(control).not.toContain(secret);
  });
});

describe("without a configuration", () => {
  test("DATABASE_URL names the database, and an empty one none", () => {
    const url = "postgres://ann:secret@db/box";
    expect(fromEnvironment("/", { DATABASE_URL: ` ${url}\n` }).config.database?.reveal()).toBe(url);
    expect(fromEnvironment("/", { DATABASE_URL: " " }).config.database).toBeUndefined();
    expect(fromEnvironment("/", {}).config.database).toBeUndefined();
  });
});
