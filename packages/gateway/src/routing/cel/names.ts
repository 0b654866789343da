import type { RequestView } from "../request-view.ts";
import { type CelMap, entry, FAILED, type Outcome } from "./values.ts";

interface BuiltIn {
  /** As the type checker knows it. */
  readonly type: string;
  readonly read: (view: RequestView) => Outcome;
}

/** What conditions know of every request. All other names are keys of its metadata: the key's own, then the request's. */
export const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ["messages", { type: "list<dyn>", read: messages }],
  ["model", { type: "string", read: (view) => view.model }],
  ["user", { type: "string", read: (view) => view.user ?? FAILED }],
  ["key", { type: "string", read: (view) => view.caller.name }],
  ["session", { type: "string", read: (view) => view.session() }],
  ["headers", { type: "map<string, string>", read: allHeaders }],
  ["metadata", { type: "map<string, dyn>", read: allMetadata }],
  ["has_tools", { type: "bool", read: (view) => view.hasTools() }],
  ["has_images", { type: "bool", read: (view) => view.features().images }],
  ["input_tokens", { type: "int", read: (view) => BigInt(Math.round(view.features().inputTokens)) }],
]);

/** Whoever may write a router shall not learn the clients' secrets by it. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
]);

/** Why a condition may not name this header, if it may not. */
export function headerObjection(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (SECRET_HEADERS.has(lower)) return `the header '${lower}' holds a secret and is not shown to conditions`;
  return name === lower ? undefined : `names of headers are in lower case here: '${lower}'`;
}

export function header(view: RequestView, name: string): Outcome {
  if (!Object.hasOwn(view.headers, name) || SECRET_HEADERS.has(name)) return FAILED;
  const value = view.headers[name];
  return Array.isArray(value) ? value.join(", ") : (value ?? FAILED);
}

function allHeaders(view: RequestView): CelMap {
  const shown = Object.keys(view.headers).flatMap((name) => {
    const value = header(view, name);
    return value === FAILED ? [] : [[name, value] as const];
  });
  return Object.fromEntries(shown);
}

/** A Responses `input` may be a text alone, which stands for one message of the user. */
function messages(view: RequestView): Outcome {
  const said = view.messages();
  if (typeof said === "string") return [{ role: "user", content: said }];
  return Array.isArray(said) ? said : FAILED;
}

/** The key's word goes first: a request cannot say of itself what its key says. */
export function metadataValue({ caller, preferences }: RequestView, name: string): Outcome {
  return entry(Object.hasOwn(caller.metadata, name) ? caller.metadata : preferences.metadata, name);
}

function allMetadata({ caller, preferences }: RequestView): CelMap {
  if (Object.keys(caller.metadata).length === 0) return preferences.metadata;
  return { ...preferences.metadata, ...caller.metadata };
}
