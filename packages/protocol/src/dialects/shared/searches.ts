import type { LossRecorder } from "../../ir/loss.ts";
import type { Part, SearchPart } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import { sayResults, searchFunctionName, wholeSearches } from "../../ir/searches.ts";
import { type ReplayTarget, sameHouse } from "./replay.ts";
import { unsaidOfSearch } from "./search-losses.ts";

/** Searches of earlier answers that a target gets back as they came: those of its own house. */
export function isOwnSearch({ raw }: SearchPart, target: ReplayTarget): boolean {
  return raw !== undefined && sameHouse(raw.origin, target);
}

/**
 * The request with the searches of earlier answers that its target cannot read put in words: as a call of the request's function
 * `web_search` and its result, where there is one, since the model then knows what it sees; else as text in their place.
 */
export function withReadableSearches(
  request: CanonicalRequest,
  isOwn: (part: SearchPart) => boolean,
  losses: LossRecorder,
): CanonicalRequest {
  const isForeign = (part: Part): part is SearchPart => part.type === "web-search" && !isOwn(part);
  if (!request.messages.some(({ content }) => content.some(isForeign))) return request;
  const asCalls = request.tools.some((tool) => tool.type === "function" && tool.name === searchFunctionName);
  losses.adapt("web-search-replay", `Searches of earlier answers were sent as ${asCalls ? "calls" : "text"}.`);
  reportUnsaid(request, isForeign, losses);
  const messages = request.messages.flatMap((message): readonly Message[] => {
    if (!message.content.some(isForeign)) return [message];
    const content = wholeSearches(message.content, isForeign);
    if (asCalls && message.role === "assistant") return called(message, content, isForeign);
    return [{ ...message, content: content.map((part) => (isForeign(part) ? said(part) : part)) }];
  });
  return { ...request, messages };
}

function reportUnsaid(
  { messages }: CanonicalRequest,
  isForeign: (part: Part) => part is SearchPart,
  losses: LossRecorder,
): void {
  const parts = messages.flatMap(({ content }) => content.filter(isForeign));
  const unsaid = new Set(parts.flatMap((part) => unsaidOfSearch(part, SAID)));
  if (unsaid.size > 0) losses.adapt("web-search-replay", `Of these searches were left out: ${[...unsaid].join(", ")}.`);
}

const SAID = ["queries", "pages", "titles", "ages", "texts", "error"] as const;

function said(part: SearchPart): Part {
  const text = { type: "text", text: sayResults(part) } as const;
  return part.cache === undefined ? text : { ...text, cache: part.cache };
}

/** The message cut where its searches stand: what was found is the client's to say. */
function called(
  message: Message,
  content: readonly Part[],
  isForeign: (part: Part) => part is SearchPart,
): readonly Message[] {
  const out: { role: Message["role"]; content: Part[] }[] = [];
  const add = (role: Message["role"], part: Part) => {
    const last = out.at(-1);
    if (last?.role === role) last.content.push(part);
    else out.push({ role, content: [part] });
  };
  for (const part of content) {
    if (!isForeign(part)) {
      add("assistant", part);
      continue;
    }
    const id = part.id.replaceAll(/[^A-Za-z0-9_-]/g, "_");
    const argumentsText = JSON.stringify({ query: part.queries.join("\n") });
    add("assistant", { type: "tool-call", id, name: searchFunctionName, arguments: argumentsText });
    add("tool", {
      type: "tool-result",
      callId: id,
      name: searchFunctionName,
      content: [said(part)],
      ...(part.error === undefined ? {} : { isError: true }),
    });
  }
  return out.map((piece) => (piece.role === "assistant" ? { ...message, ...piece } : piece));
}
