import { createHash } from "node:crypto";
import { type ByteSpan, elementsOf, stringAt } from "@signalbox/protocol";
import { openingWords, systemText } from "./request-sample.ts";
import { nested, outermost, type WireRequest } from "./wire-request.ts";

export interface SessionSource extends WireRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Our own first, then what clients send of themselves: OpenRouter's, opencode's, Claude Code's, Codex's, LiteLLM's, Helicone's. */
const SESSION_HEADERS = [
  "x-signalbox-session",
  "x-session-id",
  "x-session-affinity",
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  "x-litellm-session-id",
  "helicone-session-id",
];

/** A subagent of Claude Code has a conversation of its own within its parent's session. */
const AGENT_HEADER = "x-claude-code-agent-id";

const MAX_NAME = 200;

/**
 * The conversation that a request continues, the same on every turn: the name that a header or the body gives it, else a
 * digest of how it begins. Names are the client's own words: who remembers something by them must keep clients' keys apart.
 * `user` and `safety_identifier` name a person, who may hold many conversations.
 */
export function sessionOf(source: SessionSource): string {
  const named = headerName(source) ?? bodyName(source);
  if (named === undefined) return digest([systemText(source), firstTool(source), openingWords(source)]);
  return named.length > MAX_NAME ? digest([named]) : named;
}

function headerName({ headers }: SessionSource): string | undefined {
  const name = sessionHeader(headers);
  const agent = headerOf(headers, AGENT_HEADER);
  return name === undefined || agent === undefined ? name : `${name}/${agent}`;
}

/** The conversation that a header names, if one does. */
export function sessionHeader(headers: SessionSource["headers"]): string | undefined {
  for (const header of SESSION_HEADERS) {
    const value = headerOf(headers, header);
    if (value !== undefined) return value;
  }
  return undefined;
}

function headerOf(headers: SessionSource["headers"], name: string): string | undefined {
  const value = headers[name];
  const first = (Array.isArray(value) ? value[0] : value)?.trim();
  return first === "" ? undefined : first;
}

function bodyName(source: SessionSource): string | undefined {
  const name = textAt(source, outermost(source, ["session_id", "conversation_id", "conversation"]));
  if (name !== undefined) return name;
  const id = textAt(source, nested(source, [["conversation"], ["id"]]));
  return id ?? claudeCodeSession(source) ?? cacheKeyName(source);
}

/** Older versions of Claude Code write `user_…_account_…_session_<uuid>`, newer ones JSON with a `session_id`. */
function claudeCodeSession(source: SessionSource): string | undefined {
  const user = textAt(source, nested(source, [["metadata"], ["user_id"]]));
  return /(?:_session_|"session_id"\s*:\s*")([\w-]{8,64})/.exec(user ?? "")?.[1];
}

/**
 * OpenAI's `prompt_cache_key` groups requests with a common beginning: an agent writes its session there, and an
 * application one word for all its users. With the first words of the user it names a conversation either way.
 * https://platform.openai.com/docs/guides/prompt-caching
 */
function cacheKeyName(source: SessionSource): string | undefined {
  const key = textAt(source, outermost(source, ["prompt_cache_key"]));
  return key === undefined ? undefined : digest([key, openingWords(source)]);
}

function textAt({ bytes }: SessionSource, span: ByteSpan | undefined): string | undefined {
  if (span === undefined || span.end - span.start > 4096) return undefined;
  const text = stringAt(bytes, span)?.trim();
  return text === "" ? undefined : text;
}

const TOOL_BYTES = 1024;

/** The first tool as the client wrote it: clients that find more tools later add them behind. */
function firstTool(source: SessionSource): string {
  const span = outermost(source, ["tools", "functions"]);
  const tool = span === undefined ? undefined : elementsOf(source.bytes, span, 1)[0];
  if (tool === undefined) return "";
  return source.bytes.toString("latin1", tool.start, Math.min(tool.end, tool.start + TOOL_BYTES));
}

function digest(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return `auto-${hash.digest("base64url").slice(0, 22)}`;
}
