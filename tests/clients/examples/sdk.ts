import type { Example, FormField } from "./example.ts";
import { follows } from "./memory.ts";

/** The libraries that the vendors' pages use. */
export type Library = "openai" | "anthropic" | "google";

/** How an example is sent by a library: what the library writes into paths and headers itself is taken out of it. */
export interface SdkCall {
  readonly library: Library;
  /** Of the library's own client. */
  readonly resource:
    | "chat"
    | "responses"
    | "embeddings"
    | "pictures"
    | "edits"
    | "moderations"
    | "completions"
    | "messages"
    | "generate"
    | "models";
  /** What is given to the library as its base URL, below the gateway's. */
  readonly base: string;
  readonly key: string;
  /** `Authorization: Basic`, which no library has an option for; `auth_token` is Anthropic's for Bearer. */
  readonly scheme: "basic" | "bearer" | "own";
  /** Headers that are not the library's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a form. */
  readonly files: readonly SdkFile[];
  readonly stream: boolean;
}

export interface SdkFile {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly base64: string;
}

/** What a library hands to its user: its object as JSON, and the text in it (of all events, where it is streamed). */
export interface SdkReply {
  readonly object?: unknown;
  readonly text: string;
  /** Of `operations.py`. */
  readonly vectors?: readonly (readonly number[])[];
  readonly images?: readonly string[];
  readonly types?: readonly string[];
}

interface Form {
  readonly library: Library;
  readonly resource: SdkCall["resource"];
  readonly path: RegExp;
}

/** The part of each path that the library adds to its base URL is what stands outside the group. */
const forms: readonly Form[] = [
  { library: "openai", resource: "chat", path: /^(.*\/v1)\/chat\/completions$/ },
  { library: "openai", resource: "responses", path: /^(.*\/v1)\/responses$/ },
  { library: "openai", resource: "embeddings", path: /^(.*\/v1)\/embeddings$/ },
  { library: "openai", resource: "pictures", path: /^(.*\/v1)\/images\/generations$/ },
  { library: "openai", resource: "edits", path: /^(.*\/v1)\/images\/edits$/ },
  { library: "openai", resource: "moderations", path: /^(.*\/v1)\/moderations$/ },
  { library: "openai", resource: "completions", path: /^(.*\/v1)\/completions$/ },
  { library: "anthropic", resource: "messages", path: /^(.*)\/v1\/messages$/ },
  // ToRouter's page gives a base URL with /v1beta, behind which the library puts a version of its own.
  { library: "google", resource: "generate", path: /^((?:\/api)?\/v1beta)\/models\/.+:(?:g|streamG)enerateContent$/ },
  { library: "openai", resource: "models", path: /^(.*\/v1)\/models$/ },
  { library: "anthropic", resource: "models", path: /^(.*)\/v1\/models$/ },
];

/** Those that a library writes itself. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "content-type",
  "anthropic-version",
]);

/** The example as a call of a library; undefined where it is none, as in the router API, or where it is refused. */
export function sdkCall(example: Example): SdkCall | undefined {
  const { path, headers = {}, body = "{}", form: fields, expects } = example;
  if (example.once === true || follows(example)) return undefined;
  const url = new URL(path, "http://gateway");
  const form = formFor(example, url.pathname);
  if (form === undefined || (expects.status ?? 200) !== 200) return undefined;
  const authorization = headers["authorization"] ?? "";
  const key = [authorization.replace(/^\w+ /, ""), headers["x-api-key"], headers["x-goog-api-key"]].find(Boolean);
  const parsed: SdkCall["body"] = fields === undefined ? JSON.parse(body) : textsOf(fields);
  return {
    ...form,
    base: form.path.exec(url.pathname)?.[1] ?? "",
    key: key ?? url.searchParams.get("key") ?? "",
    scheme: authorization.startsWith("Basic") ? "basic" : authorization === "" ? "own" : "bearer",
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name))),
    body: form.library === "google" ? { ...parsed, model: modelIn(url.pathname) } : parsed,
    files: filesOf(fields ?? []),
    stream: parsed["stream"] === true || url.pathname.includes(":stream"),
  };
}

const modelIn = (path: string): string => /\/models\/([^:]+):/.exec(path)?.[1] ?? "";

function formFor({ method, headers = {}, form: fields }: Example, path: string): Form | undefined {
  const isAnthropic = headers["anthropic-version"] !== undefined;
  const form = forms.find(
    (known) =>
      known.path.test(path) && (known.resource !== "models" || (known.library === "anthropic") === isAnthropic),
  );
  const sendsForm = form?.resource === "edits";
  const isListed = form?.resource === "models";
  // Pictures are edited by forms alone there.
  return sendsForm === (fields !== undefined) && isListed === (method === "GET") ? form : undefined;
}

const textsOf = (fields: readonly FormField[]): SdkCall["body"] =>
  Object.fromEntries(fields.filter(({ file }) => file === undefined).map(({ name, value }) => [name, value]));

const filesOf = (fields: readonly FormField[]): readonly SdkFile[] =>
  fields.flatMap(({ name, value, file }) =>
    file === undefined ? [] : [{ field: name, ...file, base64: Buffer.from(value).toString("base64") }],
  );
