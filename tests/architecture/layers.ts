/**
 * The one table of who may import what. `imports.test.ts` enforces it on every file, and the same table is what
 * lint and editors enforce (`node tests/architecture/biome-rules.ts` writes it to `biome.layers.json`).
 */

const GATEWAY = "packages/gateway/src";
const PROTOCOL = "packages/protocol/src";
const DIALECTS = `${PROTOCOL}/dialects`;

export interface Layer {
  /** Repository path of the folder that this row speaks of. */
  readonly folder: string;
  /** Folders of the same package, beside its own, that its files may import. */
  readonly mayImport: readonly string[];
  /** Packages and built-in modules: allowed when some `allow` matches, or is absent, and no `deny` does. */
  readonly packages: { readonly allow?: readonly RegExp[]; readonly deny: readonly PackageRule[] };
}

export interface PackageRule {
  /** A package name, or a prefix that ends in `*`. */
  readonly name: string;
  readonly because: string;
}

/** Lowest first. A layer may import those that its row names, and `observe`. */
const gatewayLayers: Readonly<Record<string, readonly string[]>> = {
  observe: [],
  config: [],
  store: ["config"],
  providers: ["store", "config"],
  catalogue: ["providers", "store", "config"],
  routing: ["catalogue", "providers", "config"],
  upstream: ["catalogue", "providers", "store", "config"],
  access: ["store", "config"],
  accounting: ["catalogue", "providers", "store", "config"],
  features: ["catalogue", "providers", "store", "config"],
  pipeline: ["routing", "upstream", "access", "accounting", "features", "catalogue", "providers", "store", "config"],
  server: [
    "pipeline",
    "routing",
    "upstream",
    "access",
    "accounting",
    "features",
    "catalogue",
    "providers",
    "store",
    "config",
  ],
  cli: [
    "server",
    "pipeline",
    "routing",
    "upstream",
    "access",
    "accounting",
    "features",
    "catalogue",
    "providers",
    "store",
    "config",
  ],
};

const ioModules = ["node:fs*", "node:net", "node:tls", "node:http", "node:https", "node:http2", "node:child_process"];

function gatewayPackageRules(layer: string): readonly PackageRule[] {
  const rules: PackageRule[] = [];
  if (layer !== "server") rules.push({ name: "fastify", because: "Only server/ knows the HTTP framework." });
  if (layer !== "upstream") rules.push({ name: "undici", because: "Only upstream/ opens sockets to providers." });
  if (layer !== "cli") {
    rules.push({ name: "@signalbox/simulator", because: "Only cli/ may start the simulator." });
  }
  if (layer !== "store") {
    rules.push({ name: "@redis/client", because: "Only store/ speaks to Redis." });
  }
  if (layer === "routing") {
    rules.push(...ioModules.map((name) => ({ name, because: "Routing decides and does no I/O." })));
  }
  return rules;
}

export const gatewayTable: readonly Layer[] = Object.entries(gatewayLayers).map(([layer, below]) => ({
  folder: `${GATEWAY}/${layer}`,
  mayImport: (layer === "observe" ? below : [...below, "observe"]).map((name) => `${GATEWAY}/${name}`),
  packages: { deny: gatewayPackageRules(layer) },
}));

/** The files that stand in every dialect's folder; what grew too long for one of them stands beside it. */
export const dialectFiles: readonly string[] = [
  "index.ts",
  "wire.ts",
  "quirks.ts",
  "decode-request.ts",
  "encode-request.ts",
  "decode-response.ts",
  "encode-response.ts",
  "decode-stream.ts",
  "encode-stream.ts",
  "errors.ts",
  "landmarks.ts",
  "usage.ts",
];

/** Those of them that only a dialect has which clients speak to us; it has `errors.ts` for both halves. */
export const ingressFiles: readonly string[] = ["decode-request.ts", "encode-response.ts", "encode-stream.ts"];

/** `bedrock-converse` is spoken to upstreams only and lacks the other half. */
export const dialects = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
  "bedrock-converse",
] as const;

const pure: Layer["packages"] = {
  allow: [],
  deny: [{ name: "node:*", because: "The protocol package is pure: no I/O, no clock, no dependencies." }],
};

/** Files directly in `src/` and `dialects/` belong to no folder below them and are named by the folder itself. */
export const protocolTable: readonly Layer[] = [
  { folder: `${PROTOCOL}/ir`, mayImport: [], packages: pure },
  { folder: `${PROTOCOL}/json`, mayImport: [`${PROTOCOL}/ir`, PROTOCOL], packages: pure },
  { folder: `${PROTOCOL}/sse`, mayImport: [`${PROTOCOL}/ir`, `${PROTOCOL}/json`, PROTOCOL], packages: pure },
  {
    folder: `${DIALECTS}/shared`,
    mayImport: [`${PROTOCOL}/ir`, `${PROTOCOL}/json`, `${PROTOCOL}/sse`, DIALECTS, PROTOCOL],
    packages: pure,
  },
  {
    folder: `${PROTOCOL}/operations`,
    mayImport: [
      `${PROTOCOL}/ir`,
      `${PROTOCOL}/json`,
      `${PROTOCOL}/sse`,
      `${DIALECTS}/shared`,
      `${DIALECTS}/gemini`,
      PROTOCOL,
    ],
    packages: pure,
  },
  ...dialects.map((dialect) => ({
    folder: `${DIALECTS}/${dialect}`,
    mayImport: [`${PROTOCOL}/ir`, `${PROTOCOL}/json`, `${PROTOCOL}/sse`, `${DIALECTS}/shared`, DIALECTS, PROTOCOL],
    packages: pure,
  })),
];

export const simulatorLayer: Layer = {
  folder: "packages/simulator/src",
  mayImport: [],
  packages: {
    allow: [/^node:/, /^@signalbox\/protocol$/],
    deny: [
      { name: "fastify", because: "The simulator imports @signalbox/protocol and Node only." },
      { name: "undici", because: "The simulator imports @signalbox/protocol and Node only." },
      { name: "signalbox", because: "The simulator imports @signalbox/protocol and Node only." },
    ],
  },
};

export const layers: readonly Layer[] = [...gatewayTable, ...protocolTable, simulatorLayer];

export function matchesPackage(rule: PackageRule, specifier: string): boolean {
  if (rule.name.endsWith("*")) return specifier.startsWith(rule.name.slice(0, -1));
  return specifier === rule.name || specifier.startsWith(`${rule.name}/`);
}

/** The files where a type assertion is the guarded seam to something that TypeScript cannot describe. */
export const assertionSeams: readonly string[] = [
  `${PROTOCOL}/json/parse.ts`,
  `${PROTOCOL}/json/read.ts`,
  `${PROTOCOL}/encoding.ts`,
];

/** These only ask `node:net` which range an address lies in. */
export const addressReaders: readonly string[] = [`${GATEWAY}/config/policy.ts`, `${GATEWAY}/access/addresses.ts`];

/** Only these open sockets: the client's side and the upstream's side (and the CLI, which asks a running gateway). */
export const socketFolders: readonly string[] = [`${GATEWAY}/server`, `${GATEWAY}/upstream`, `${GATEWAY}/cli`];
