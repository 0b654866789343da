import {
  compact,
  invalidRequest,
  type JsonObject,
  type JsonValue,
  type ObjectScan,
  objectOf,
  parseJsonObject,
  valueAt,
} from "@signalbox/protocol";
import { formatPath, type PathStep } from "../config/issues.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { FieldIssue } from "../config/routers/codec.ts";
import { type ProviderWishes, rootNames, type Wishes, wishes } from "./preference-fields.ts";
import { noPreferences, type RoutingPreferences } from "./preferences.ts";

export interface PreferencesInput {
  readonly bytes: Uint8Array;
  readonly scan: Pick<ObjectScan, "members">;
  /** The client's. */
  readonly dialect: SurfaceDialect;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ReadPreferences {
  readonly preferences: RoutingPreferences;
  /** Edits for `spliceTopLevel` that take out of the body what is not for upstreams; absent: the body is as it should be. */
  readonly strip?: Readonly<Record<string, string | undefined>>;
}

const ROUTING_HEADER = "x-signalbox-routing";
/** The second is AnyRouter's. */
const PIN_HEADERS = ["x-signalbox-provider", "x-anyrouter-provider"] as const;

const EXTRA_BODY = ["extra_body", "extraBody"];
const SEARCH_OPTIONS = ["web_search_options", "webSearchOptions"];

interface Surface {
  /** Objects of the body that hold wishes and nothing else. */
  readonly containers: ReadonlySet<string>;
  /** Wishes at the root, under names that the dialect has no field of. */
  readonly flattened: ReadonlySet<string>;
  /** The dialect's own `metadata`. */
  readonly metadata: "theirs" | "theirs-and-ours" | "none";
}

/**
 * `extra_body` is a word of OpenAI's Python SDK, which puts its members at the root; who sends the word itself means the
 * same. `web_search_options` is a field of Chat Completions. `reasoning` is a field of OpenRouter's there, and OpenAI's in
 * Responses: at the root both stay what they are.
 */
const surfaces: Readonly<Record<SurfaceDialect, Surface>> = {
  "openai-chat": {
    containers: new Set(EXTRA_BODY),
    flattened: new Set(rootNames),
    metadata: "theirs",
  },
  "openai-responses": {
    containers: new Set(EXTRA_BODY),
    flattened: new Set([...rootNames, ...SEARCH_OPTIONS]),
    metadata: "theirs",
  },
  "anthropic-messages": {
    containers: new Set(EXTRA_BODY),
    flattened: new Set([...rootNames, ...SEARCH_OPTIONS]),
    metadata: "theirs-and-ours",
  },
  gemini: {
    containers: new Set([...EXTRA_BODY, "extensions"]),
    flattened: new Set([...rootNames, ...SEARCH_OPTIONS, "metadata"]),
    metadata: "none",
  },
};

/**
 * What a request says of its own routing: in a header, in `extra_body` (Gemini's `extensions`, Anthropic's `metadata`),
 * or at the root of its body. The header goes before `extra_body`, and that before the root, field by field. Throws
 * `invalid_request` naming the path of what is wrong; at the root, fields that are not ours are nobody's business here.
 */
export function readPreferences(input: PreferencesInput): ReadPreferences {
  const { dialect, headers } = input;
  const surface = surfaces[dialect];
  const pin = pinOf(headers);
  const routing = headers[ROUTING_HEADER];
  const found = relevant(input.scan.members, surface);
  if (pin === undefined && routing === undefined) {
    if (found.length === 0) return { preferences: noPreferences };
    const common = found.length === 1 && found[0] === "metadata" ? ownMetadata(input, surface) : undefined;
    if (common !== undefined) return { preferences: common };
  }
  const body = readBody(input, surface, found);
  const all = [
    ...body.said,
    ...(routing === undefined ? [] : [readHeader(routing)]),
    ...(pin === undefined ? [] : [pin]),
  ];
  const merged = all.reduce<Wishes>(merge, {});
  rejectBothSearches(merged, input);
  return compact({
    preferences: preferencesOf(merged),
    strip: Object.keys(body.strip).length === 0 ? undefined : body.strip,
  });
}

function relevant(members: ObjectScan["members"], surface: Surface): readonly string[] {
  const found: string[] = [];
  for (const key of members.keys()) {
    if (surface.flattened.has(key) || surface.containers.has(key)) found.push(key);
    else if (key === "metadata") found.push(key);
  }
  return found;
}

/** The short way for what most coding agents send with every request: the dialect's own `metadata` and no wishes. */
function ownMetadata({ bytes, scan }: PreferencesInput, surface: Surface): RoutingPreferences | undefined {
  const span = scan.members.get("metadata");
  const metadata = span === undefined ? undefined : objectOf(valueAt(bytes, span));
  if (metadata === undefined || surface.metadata === "none") return undefined;
  if (surface.metadata === "theirs") return { ...noPreferences, metadata };
  for (const name in metadata) if (name !== "user_id") return undefined;
  return noPreferences;
}

interface BodyWishes {
  /** The weakest first. */
  readonly said: readonly Wishes[];
  readonly strip: Readonly<Record<string, string | undefined>>;
}

function readBody({ bytes, scan }: PreferencesInput, surface: Surface, found: readonly string[]): BodyWishes {
  const values = new Map<string, JsonValue>();
  for (const key of found) {
    const span = scan.members.get(key);
    const value = span === undefined ? undefined : valueAt(bytes, span);
    if (value === undefined) throw invalidRequest(`Could not parse '${key}' in the JSON body of the request.`, key);
    values.set(key, value);
  }
  const flattened = [...values].filter(([key]) => surface.flattened.has(key));
  const contained = [...values].filter(([key]) => surface.containers.has(key));
  const metadata = surface.metadata === "none" ? undefined : values.get("metadata");
  const theirs = readMetadata(metadata, surface);
  return {
    said: [
      ...(theirs.metadata === undefined ? [] : [{ metadata: theirs.metadata }]),
      ...(flattened.length === 0 ? [] : [readWishes(Object.fromEntries(flattened), [])]),
      ...(theirs.extra === undefined ? [] : [theirs.extra]),
      ...contained.filter(([, value]) => value !== null).map(([key, value]) => readWishes(value, [key])),
    ],
    strip: {
      ...Object.fromEntries([...flattened, ...contained].map(([key]) => [key, undefined])),
      ...theirs.strip,
    },
  };
}

interface MetadataWishes {
  readonly metadata?: JsonObject;
  readonly extra?: Wishes;
  readonly strip?: Readonly<Record<string, string | undefined>>;
}

/** Anthropic takes `user_id` and refuses what else stands in `metadata`: the rest is for conditions here. */
function readMetadata(value: JsonValue | undefined, surface: Surface): MetadataWishes {
  const metadata = objectOf(value);
  if (metadata === undefined) return {};
  if (surface.metadata === "theirs") return { metadata };
  const { user_id, extra_body, extraBody, ...rest } = metadata;
  const key = extra_body === undefined ? "extraBody" : "extra_body";
  const extra = extra_body ?? extraBody;
  const isOurs = Object.keys(metadata).some((name) => name !== "user_id");
  const kept = user_id === undefined ? undefined : JSON.stringify({ user_id });
  return compact({
    metadata: rest,
    extra: extra === undefined || extra === null ? undefined : readWishes(extra, ["metadata", key]),
    strip: isOurs ? { metadata: kept } : undefined,
  });
}

function readWishes(value: JsonValue, path: readonly PathStep[]): Wishes {
  const issues: FieldIssue[] = [];
  const read = wishes.read(value, { path, report: (issue) => issues.push(issue) });
  const [first] = issues;
  if (first === undefined) return read ?? {};
  const message = issues.map((issue) => `${formatPath(issue.path)}: ${issue.message}`).join("; ");
  throw invalidRequest(`${message}.`, formatPath(first.path));
}

function readHeader(header: string | string[]): Wishes {
  const object = parseJsonObject(String(header));
  if (object === undefined)
    throw invalidRequest(`The header '${ROUTING_HEADER}' must be a JSON object.`, ROUTING_HEADER);
  return readWishes(object, [ROUTING_HEADER]);
}

/** The one provider that may answer. */
function pinOf(headers: PreferencesInput["headers"]): Wishes | undefined {
  for (const name of PIN_HEADERS) {
    const provider = headers[name]?.toString().trim();
    if (provider !== undefined && provider !== "") {
      return { provider: { preferences: { only: [provider], allowFallbacks: false }, unserved: [] } };
    }
  }
  return undefined;
}

function merge(weak: Wishes, strong: Wishes): Wishes {
  return compact({
    ...weak,
    ...strong,
    provider: mergeProviders(weak.provider, strong.provider),
    metadata: mergeObjects(weak.metadata, strong.metadata),
    promptVariables: mergeObjects(weak.promptVariables, strong.promptVariables),
    reasoning: mergeObjects(weak.reasoning, strong.reasoning),
    cache: mergeObjects(weak.cache, strong.cache),
  });
}

function mergeObjects<T extends object>(weak: T | undefined, strong: T | undefined): T | undefined {
  return weak === undefined || strong === undefined ? (strong ?? weak) : { ...weak, ...strong };
}

function mergeProviders(weak: ProviderWishes | undefined, strong: ProviderWishes | undefined) {
  if (weak === undefined || strong === undefined) return strong ?? weak;
  const preferences = { ...weak.preferences, ...strong.preferences };
  return { preferences, unserved: [...new Set([...weak.unserved, ...strong.unserved])] };
}

/** The vendor lets a request search in one way only. */
function rejectBothSearches(merged: Wishes, { dialect, scan }: PreferencesInput): void {
  const native = dialect === "openai-chat" && scan.members.has("web_search_options");
  const isAsked = merged.webSearch !== undefined && merged.webSearch !== null;
  if (!isAsked || !(native || merged.webSearchOptions !== undefined)) return;
  throw invalidRequest("'web_search' and 'web_search_options' exclude each other: send one of them.", "web_search");
}

function preferencesOf(merged: Wishes): RoutingPreferences {
  const { provider, metadata = {}, promptVariables = {}, fallback, plugins, transforms, webSearch, ...wished } = merged;
  const listed = [
    ...(plugins?.unserved ?? []).map((name) => `plugins.${name}`),
    ...(transforms?.unserved ?? []).map((name) => `transforms.${name}`),
  ];
  return compact({
    ...wished,
    provider: provider?.preferences,
    metadata,
    promptVariables,
    webSearch: webSearch === undefined ? plugins?.webSearch : (webSearch ?? undefined),
    noWebSearch: webSearch === null ? true : undefined,
    middleOut: plugins?.middleOut === true || transforms?.middleOut === true ? true : undefined,
    firstTokenMs: fallback?.firstTokenMs,
    unserved: [...listed, ...(provider?.unserved ?? [])],
  });
}
