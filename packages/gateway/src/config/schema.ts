import { claudeHosts } from "@signalbox/protocol";
import { z } from "zod";
import { roles } from "./access.ts";
import { credentialSchema } from "./credential.ts";
import {
  cachePolicySchema,
  cacheSchema,
  compressionSchema,
  guardrailSchema,
  promptCacheSchema,
  webSearchSchema,
} from "./features-schema.ts";
import { LARGEST_DOLLARS } from "./money.ts";
import { operationIds, operationsSchema } from "./operations.ts";
import { cidrs, policySchema } from "./policy.ts";
import { priceSchema } from "./price.ts";
import { quirksSchema } from "./quirks.ts";
import { resourceIds } from "./resources.ts";
import type { AuthScheme } from "./settings.ts";

const milliseconds = z.int().min(1).max(86_400_000);
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "not a header name");
const notEmpty = z.string().min(1, "must not be empty");

/** Headers that belong to the transport or to authentication, and are never taken from a configuration. */
const transportHeaders = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "te",
  "trailer",
]);

const headers = z
  .record(
    headerName.refine((name) => !transportHeaders.has(name.toLowerCase()), "this header belongs to the transport"),
    notEmpty,
  )
  .exactOptional();

const timeouts = z.strictObject({
  connectMs: milliseconds.exactOptional(),
  firstTokenMs: milliseconds.exactOptional(),
  reasoningMs: milliseconds.exactOptional(),
  idleMs: milliseconds.exactOptional(),
  stallMs: milliseconds.exactOptional(),
  totalMs: milliseconds.exactOptional(),
  deadlineMs: milliseconds.exactOptional(),
});

const simpleAuth = z.enum(["bearer", "azure", "google-oauth", "aws-sigv4", "none"], {
  error: "must be bearer, none, azure, google-oauth, aws-sigv4, { header: NAME } or { query: NAME }",
});
const authObject = z.strictObject({
  header: headerName.exactOptional(),
  query: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/, "not a query parameter's name")
    .exactOptional(),
  awsSigv4: z.strictObject({ service: notEmpty.exactOptional(), region: notEmpty.exactOptional() }).exactOptional(),
});

const auth = z.union([simpleAuth, authObject]).transform((written, context): AuthScheme => {
  if (typeof written === "string") return { kind: written };
  const schemes: AuthScheme[] = [];
  if (written.header !== undefined) schemes.push({ kind: "header", name: written.header });
  if (written.query !== undefined) schemes.push({ kind: "query", name: written.query });
  if (written.awsSigv4 !== undefined) schemes.push({ kind: "aws-sigv4", ...written.awsSigv4 });
  const [only, ...others] = schemes;
  if (only !== undefined && others.length === 0) return only;
  context.addIssue({ code: "custom", message: "write exactly one of header, query and awsSigv4" });
  return z.NEVER;
});

const baseUrl = z
  .string()
  .refine(isHttpUrl, "must be an http:// or https:// URL without credentials, query or fragment")
  .transform((text) => text.replace(/\/+$/, ""));

const path = z.string().startsWith("/");

function endpoint<Q extends z.ZodType>(quirks: Q) {
  return z.strictObject({
    baseUrl: baseUrl.exactOptional(),
    auth: auth.exactOptional(),
    quirks: quirks.exactOptional(),
    paths: z
      .strictObject({
        generate: path.exactOptional(),
        stream: path.exactOptional(),
        countTokens: path.exactOptional(),
      })
      .exactOptional(),
    headers,
  });
}

const percent = z.number().min(0).max(100);
const priority = z.int().min(0).max(1_000);
const weight = z.int().min(1).max(1_000);

const providerModel = z.union([
  notEmpty.transform((id) => ({ id })),
  z.strictObject({
    id: notEmpty,
    maxOutputTokens: z.int().positive().exactOptional(),
    contextTokens: z.int().positive().exactOptional(),
    reasoning: z.enum(["none", "effort", "budget", "adaptive", "level"]).exactOptional(),
    prefill: z.boolean().exactOptional(),
    price: priceSchema.exactOptional(),
    tools: z.boolean().exactOptional(),
    images: z.boolean().exactOptional(),
    documents: z.boolean().exactOptional(),
    audio: z.boolean().exactOptional(),
    jsonSchema: z.boolean().exactOptional(),
    webSearch: z.boolean().exactOptional(),
    operations: z
      .array(z.enum(["generate", ...operationIds]))
      .min(1)
      .exactOptional(),
    scores: z
      .strictObject({
        intelligence: percent.exactOptional(),
        math: percent.exactOptional(),
        coding: percent.exactOptional(),
      })
      .exactOptional(),
  }),
]);

/** A provider's id is the first part of `provider/model`, so it has no slash. */
const providerId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, "lower-case letters, digits, dots, dashes and underscores");

/** It becomes a part of host names and paths. */
const addressPart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:.-]*$/, "letters, digits, dots, colons and dashes");

const provider = z.strictObject({
  name: notEmpty.exactOptional(),
  credentials: z.array(credentialSchema).exactOptional(),
  dataCollection: z.enum(["allow", "deny"]).exactOptional(),
  region: notEmpty.exactOptional(),
  project: addressPart.exactOptional(),
  location: addressPart.exactOptional(),
  resource: addressPart.exactOptional(),
  apiVersion: addressPart.exactOptional(),
  zeroRetention: z.boolean().exactOptional(),
  auth: auth.exactOptional(),
  endpoints: z
    .strictObject({
      "openai-chat": endpoint(quirksSchema["openai-chat"]).exactOptional(),
      "openai-responses": endpoint(quirksSchema["openai-responses"]).exactOptional(),
      "anthropic-messages": endpoint(quirksSchema["anthropic-messages"])
        .extend({ host: z.enum(claudeHosts).exactOptional() })
        .exactOptional(),
      gemini: endpoint(quirksSchema.gemini).exactOptional(),
      "bedrock-converse": endpoint(quirksSchema["bedrock-converse"]).exactOptional(),
    })
    .exactOptional(),
  operations: operationsSchema.exactOptional(),
  resources: z.array(z.enum(resourceIds)).exactOptional(),
  models: z.array(providerModel).min(1, "leave models out to accept any model name").exactOptional(),
  headers,
  timeouts: timeouts.exactOptional(),
});

const targetName = z.string().regex(/^[^/\s]+\/\S+$/, "write a target as provider/model");

const publicModel = z.strictObject({
  displayName: notEmpty.exactOptional(),
  targets: z
    .array(
      z.union([
        targetName.transform((target) => ({ target })),
        z.strictObject({
          target: targetName,
          timeouts: timeouts.exactOptional(),
          priority: priority.exactOptional(),
          weight: weight.exactOptional(),
        }),
      ]),
    )
    .min(1, "needs at least one target"),
  timeouts: timeouts.exactOptional(),
});

const metadataMode = z.enum(["body", "headers", "off"]);
const bytes = z.int().min(1024).max(1_073_741_824);

/** What a person may write into signalbox.yaml. Unknown keys are errors. */
export const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: notEmpty.exactOptional(),
      port: z.int().min(0).max(65_535).exactOptional(),
      trustedProxies: cidrs.exactOptional(),
    })
    .exactOptional(),
  timeouts: timeouts.exactOptional(),
  data: notEmpty.exactOptional(),
  strict: z.boolean().exactOptional(),
  keepAlive: z
    .strictObject({ afterMs: milliseconds.exactOptional(), everyMs: milliseconds.exactOptional() })
    .exactOptional(),
  limits: z
    .strictObject({
      bodyBytes: z
        .strictObject({
          "openai-chat": bytes.exactOptional(),
          "openai-responses": bytes.exactOptional(),
          "anthropic-messages": bytes.exactOptional(),
          gemini: bytes.exactOptional(),
        })
        .exactOptional(),
      jsonDepth: z.int().min(8).max(1_000).exactOptional(),
      formBytes: bytes.exactOptional(),
    })
    .exactOptional(),
  logLevel: z.enum(["silent", "error", "warn", "info", "debug", "trace"]).exactOptional(),
  retries: z
    .strictObject({
      maxPerRequest: z.int().min(0).max(20).exactOptional(),
      budgetPercent: percent.exactOptional(),
      budgetFloorPerSecond: z.number().min(0).max(1_000).exactOptional(),
    })
    .exactOptional(),
  hedging: z
    .strictObject({
      enabled: z.boolean().exactOptional(),
      afterMs: milliseconds.exactOptional(),
      budgetPercent: percent.exactOptional(),
    })
    .exactOptional(),
  continuation: z.boolean().exactOptional(),
  responses: z
    .strictObject({
      webSocket: z.boolean().exactOptional(),
      keep: z.boolean().exactOptional(),
      ttlDays: z.number().positive().max(3_650).exactOptional(),
    })
    .exactOptional(),
  metadata: metadataMode.exactOptional(),
  responseModel: z.enum(["upstream", "target", "requested"]).exactOptional(),
  auto: z
    .strictObject({
      costQuality: z.number().min(0).max(1).exactOptional(),
      models: z.array(notEmpty).min(1).exactOptional(),
    })
    .exactOptional(),
  database: notEmpty.exactOptional(),
  redis: notEmpty.exactOptional(),
  encryptionKey: notEmpty.exactOptional(),
  unpriced: z.enum(["allow", "refuse", "refuse-under-budget"]).exactOptional(),
  outage: z
    .strictObject({
      keysMinutes: z.number().min(0).max(1_440).exactOptional(),
      replicas: z.int().min(1).max(1_000).exactOptional(),
      /** US dollars. */
      budgetAllowance: z.number().min(0).max(LARGEST_DOLLARS).exactOptional(),
    })
    .exactOptional(),
  ledger: z
    .strictObject({
      flushMs: z.int().min(10).max(10_000).exactOptional(),
      syncMs: z.int().min(10).max(10_000).exactOptional(),
      onFullDisk: z.enum(["continue", "refuse"]).exactOptional(),
      retainRequestsDays: z.int().min(1).max(3_650).exactOptional(),
      retainDailyDays: z.int().min(1).max(36_500).exactOptional(),
    })
    .exactOptional(),
  cache: cacheSchema.exactOptional(),
  promptCache: promptCacheSchema.exactOptional(),
  compression: compressionSchema.exactOptional(),
  webSearch: webSearchSchema.exactOptional(),
  guardrails: guardrailSchema.exactOptional(),
  // Their shape is the API's: `router-document.ts` reads them.
  routers: z.array(z.unknown()).exactOptional(),
  keys: z
    .array(
      policySchema.extend({
        name: notEmpty,
        key: notEmpty,
        role: z.enum(roles).exactOptional(),
        metadata: z.record(z.string(), z.json()).exactOptional(),
        metadataMode: metadataMode.exactOptional(),
        cache: cachePolicySchema.exactOptional(),
      }),
    )
    .exactOptional(),
  providers: z.record(providerId, provider).exactOptional(),
  models: z.record(z.string().regex(/^\S+$/, "a model's name has no spaces"), publicModel).exactOptional(),
});

export type WrittenConfig = z.output<typeof configSchema>;
export type WrittenProvider = z.output<typeof provider>;
export type WrittenHeaders = z.output<typeof headers>;
export type WrittenPublicModel = z.output<typeof publicModel>;

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return plain && (url.protocol === "http:" || url.protocol === "https:");
}
