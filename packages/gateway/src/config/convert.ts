import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { findCredential } from "./credential.ts";
import { defaultDataFolder, defaultLimits, defaultSettings } from "./defaults.ts";
import { type CompressionSettings, type SearchEngineId, searchEngines } from "./features.ts";
import type { WrittenWebSearch } from "./features-schema.ts";
import type { PathStep } from "./issues.ts";
import { dollarsToNano } from "./money.ts";
import { policyOf } from "./policy.ts";
import type { EndpointDialect } from "./quirks.ts";
import { parseRouter } from "./router-document.ts";
import type { WrittenConfig, WrittenHeaders, WrittenProvider, WrittenPublicModel } from "./schema.ts";
import { resolveSecret, type Secret, type SecretSources } from "./secret.ts";
import type {
  ClientKey,
  Config,
  ConfiguredRouter,
  EndpointSettings,
  EndpointsSettings,
  OutageSettings,
  ProviderSettings,
  PublicModelSettings,
  SearchEngineSettings,
  WebSearchSettings,
} from "./settings.ts";
import type { Problems } from "./source.ts";

export const shortestClientKey = 16;

export interface ConvertOptions {
  /** What relative paths in the file start from. */
  readonly folder: string;
  readonly sources: SecretSources;
}

interface Context {
  readonly folder: string;
  readonly sources: SecretSources;
  readonly problems: Problems;
}

/** From what was written to what is meant: defaults, secrets found, keys hashed. */
export function convertConfig(written: WrittenConfig, options: ConvertOptions, problems: Problems): Config {
  const context: Context = { folder: options.folder, sources: options.sources, problems };
  return {
    server: { ...defaultSettings.server, ...written.server },
    timeouts: { ...defaultSettings.timeouts, ...written.timeouts },
    data: resolve(options.folder, written.data ?? defaultDataFolder),
    strict: written.strict ?? defaultSettings.strict,
    keepAlive: { ...defaultSettings.keepAlive, ...written.keepAlive },
    limits: {
      bodyBytes: { ...defaultLimits.bodyBytes, ...written.limits?.bodyBytes },
      jsonDepth: written.limits?.jsonDepth ?? defaultLimits.jsonDepth,
      formBytes: written.limits?.formBytes ?? defaultLimits.formBytes,
    },
    logLevel: written.logLevel ?? defaultSettings.logLevel,
    retries: { ...defaultSettings.retries, ...written.retries },
    hedging: { ...defaultSettings.hedging, ...written.hedging },
    continuation: written.continuation ?? defaultSettings.continuation,
    responses: { ...defaultSettings.responses, ...written.responses },
    metadata: written.metadata ?? defaultSettings.metadata,
    ...(written.responseModel === undefined ? {} : { responseModel: written.responseModel }),
    auto: { ...defaultSettings.auto, ...written.auto },
    unpriced: written.unpriced ?? defaultSettings.unpriced,
    outage: convertOutage(written.outage ?? {}),
    ledger: { ...defaultSettings.ledger, ...written.ledger },
    ...convertFeatures(written, context),
    database: findOptional(written.database, ["database"], context),
    redis: findOptional(written.redis, ["redis"], context),
    encryptionKey: findOptional(written.encryptionKey, ["encryptionKey"], context),
    routers: convertRouters(written.routers ?? [], context),
    keys: convertKeys(written.keys ?? [], context),
    providers: written.providers === undefined ? undefined : convertProviders(written.providers, context),
    models: new Map(Object.entries(written.models ?? {}).map(([name, model]) => [name, convertModel(name, model)])),
  };
}

function convertRouters(written: readonly unknown[], { problems }: Context): readonly ConfiguredRouter[] {
  const names = new Set<string>();
  return written.flatMap((value, index) => {
    const parsed = parseRouter(value);
    if (!parsed.ok) {
      for (const issue of parsed.issues) problems.add(["routers", index, ...issue.path], issue.message);
      return [];
    }
    if (names.has(parsed.router.name)) problems.add(["routers", index, "name"], "another router has this name");
    names.add(parsed.router.name);
    return [{ router: parsed.router, written: (place) => ["routers", index, ...parsed.written(place)] }];
  });
}

function convertKeys(keys: NonNullable<WrittenConfig["keys"]>, context: Context): readonly ClientKey[] {
  const names = new Set<string>();
  return keys.flatMap(({ name, key, role, metadata = {}, metadataMode, cache, ...policy }, index) => {
    if (names.has(name)) context.problems.add(["keys", index, "name"], "another key has this name");
    names.add(name);
    const found = findSecret(key, ["keys", index, "key"], context);
    if (found === undefined) return [];
    const value = found.reveal();
    if (value.length < shortestClientKey) {
      context.problems.add(["keys", index, "key"], `a key needs at least ${shortestClientKey} characters`);
    }
    const id = `config:${name}`;
    return [
      {
        id,
        name,
        hash: hashClientKey(value),
        ...(role === undefined ? {} : { role }),
        policies: [{ kind: "key", id, policy: policyOf(policy) }],
        credentials: [],
        metadata,
        ...(metadataMode === undefined ? {} : { metadataMode }),
        ...(cache === undefined ? {} : { cache }),
        disabled: false,
      },
    ];
  });
}

/** How a client key is kept and looked up: the lookup is by digest, so its time tells nothing of the key. */
export function hashClientKey(key: string): string {
  return createHash("sha256").update(key, "utf8").digest("hex");
}

function convertProviders(
  providers: NonNullable<WrittenConfig["providers"]>,
  context: Context,
): ReadonlyMap<string, ProviderSettings> {
  return new Map(Object.entries(providers).map(([id, written]) => [id, convertProvider(id, written, context)]));
}

function convertProvider(id: string, written: WrittenProvider, context: Context): ProviderSettings {
  const path = ["providers", id];
  const { credentials: accounts, endpoints = {}, headers, timeouts = {}, ...rest } = written;
  const credentials = accounts ?? [];
  const at = [...path, "endpoints"];
  return {
    ...rest,
    timeouts,
    credentials: credentials.flatMap((account, index) => {
      const at = [...path, "credentials", index];
      const found = findCredential(account, {
        find: (text, field) => findSecret(text, field === undefined ? at : [...at, field], context),
        complain: (message) => context.problems.add(at, message),
        standIns: context.sources.standIns === true,
      });
      return found ?? [];
    }),
    ...(accounts?.length === 0 ? { callersBring: true } : {}),
    headers: convertHeaders(headers, [...path, "headers"], context),
    endpoints: convertEndpoints(endpoints, at, context),
  };
}

function convertEndpoints(
  written: NonNullable<WrittenProvider["endpoints"]>,
  path: readonly PathStep[],
  context: Context,
): EndpointsSettings {
  const { "openai-chat": chat, "openai-responses": responses, "anthropic-messages": messages, gemini } = written;
  const { "bedrock-converse": converse } = written;
  return {
    ...(chat === undefined ? {} : { "openai-chat": convertEndpoint(chat, [...path, "openai-chat"], context) }),
    ...(responses === undefined
      ? {}
      : { "openai-responses": convertEndpoint(responses, [...path, "openai-responses"], context) }),
    ...(messages === undefined
      ? {}
      : { "anthropic-messages": convertEndpoint(messages, [...path, "anthropic-messages"], context) }),
    ...(gemini === undefined ? {} : { gemini: convertEndpoint(gemini, [...path, "gemini"], context) }),
    ...(converse === undefined
      ? {}
      : { "bedrock-converse": convertEndpoint(converse, [...path, "bedrock-converse"], context) }),
  };
}

type WrittenEndpoint<D extends EndpointDialect> = Omit<EndpointSettings<D>, "headers"> & {
  readonly headers?: WrittenHeaders;
};

function convertEndpoint<D extends EndpointDialect>(
  written: WrittenEndpoint<D>,
  path: readonly PathStep[],
  context: Context,
): EndpointSettings<D> {
  const { headers, ...rest } = written;
  return { ...rest, headers: convertHeaders(headers, [...path, "headers"], context) };
}

function convertHeaders(
  written: WrittenHeaders | undefined,
  path: readonly PathStep[],
  context: Context,
): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>();
  for (const [name, text] of Object.entries(written ?? {})) {
    const found = findSecret(text, [...path, name], context);
    if (found !== undefined) headers.set(name.toLowerCase(), found);
  }
  return headers;
}

function convertModel(name: string, written: WrittenPublicModel): PublicModelSettings {
  const { targets, timeouts = {}, ...rest } = written;
  return {
    ...rest,
    name,
    timeouts,
    targets: targets.map((entry) => {
      const slash = entry.target.indexOf("/");
      return {
        provider: entry.target.slice(0, slash),
        model: entry.target.slice(slash + 1),
        timeouts: "timeouts" in entry ? (entry.timeouts ?? {}) : {},
        ...("priority" in entry && entry.priority !== undefined ? { priority: entry.priority } : {}),
        ...("weight" in entry && entry.weight !== undefined ? { weight: entry.weight } : {}),
      };
    }),
  };
}

function convertOutage({ budgetAllowance, ...rest }: NonNullable<WrittenConfig["outage"]>): OutageSettings {
  const allowance = budgetAllowance === undefined ? {} : { budgetAllowanceNano: dollarsToNano(budgetAllowance) };
  return { ...defaultSettings.outage, ...rest, ...allowance };
}

function convertFeatures(written: WrittenConfig, context: Context) {
  return {
    cache: {
      ...defaultSettings.cache,
      ...written.cache,
      semantic: { ...defaultSettings.cache.semantic, ...written.cache?.semantic },
    },
    promptCache: { ...defaultSettings.promptCache, ...written.promptCache },
    compression: convertCompression(written.compression ?? {}, context),
    webSearch: convertWebSearch(written.webSearch ?? {}, context),
    guardrails: written.guardrails ?? defaultSettings.guardrails,
  };
}

function convertCompression(written: Partial<CompressionSettings>, context: Context): CompressionSettings {
  const { engine, model } = written;
  if (engine !== "llmlingua-2") return { ...defaultSettings.compression, ...written };
  const { folder, problems } = context;
  if (model === undefined)
    problems.add(["compression", "model"], "llmlingua-2 needs a model: ./a-folder, or a name at the Hugging Face Hub");
  // `owner/name` is a name there, and no path.
  const place = model === undefined || !/^\.|^[/\\]|^[a-z]:/i.test(model) ? {} : { model: resolve(folder, model) };
  return { ...defaultSettings.compression, ...written, ...place, folder };
}

function convertWebSearch({ engines = {}, ...rest }: WrittenWebSearch, context: Context): WebSearchSettings {
  const configured = searchEngines.flatMap((id): (readonly [SearchEngineId, SearchEngineSettings])[] => {
    const written = engines[id];
    if (written === undefined) return [];
    const { key, ...engine } = written;
    const lacking = lackingOf(id, written);
    if (lacking !== undefined) context.problems.add(["webSearch", "engines", id], lacking);
    const found = findOptional(key, ["webSearch", "engines", id, "key"], context);
    return [[id, { ...engine, ...(found === undefined ? {} : { key: found }) }]];
  });
  if (rest.engine !== undefined && engines[rest.engine] === undefined)
    context.problems.add(["webSearch", "engine"], `'${rest.engine}' is not among the engines`);
  return { ...defaultSettings.webSearch, ...rest, engines: new Map(configured) };
}

/** What a vendor's own server would refuse anyway; another address may be a proxy that adds the key. */
function lackingOf(
  id: SearchEngineId,
  { baseUrl, key }: { readonly baseUrl?: string; readonly key?: string },
): string | undefined {
  if (baseUrl !== undefined) return undefined;
  if (id === "searxng") return "SearXNG has no address of its own: write the baseUrl of an instance";
  return key === undefined ? "the engine needs a key" : undefined;
}

function findOptional(text: string | undefined, path: readonly PathStep[], context: Context): Secret | undefined {
  return text === undefined ? undefined : findSecret(text, path, context);
}

function findSecret(text: string, path: readonly PathStep[], context: Context): Secret | undefined {
  const result = resolveSecret(text, context.sources);
  if (!result.ok) {
    context.problems.add(path, result.message);
    return undefined;
  }
  // What cannot stand in a header would only fail later, and name the value in the error.
  if (!/^[\t\x20-\x7e\x80-\uffff]*$/.test(result.secret.reveal()) && !result.secret.reveal().startsWith("{")) {
    context.problems.add(path, "the secret has a line break or another control character in it");
    return undefined;
  }
  return result.secret;
}
