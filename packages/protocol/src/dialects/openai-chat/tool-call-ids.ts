import type { OpenAiChatQuirks } from "./quirks.ts";

/** Says under which id a tool call is known to the endpoint. The same id gets the same answer within one request. */
export type ToolCallIds = (id: string) => string;

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * Ids that the endpoint would reject are replaced by a digest of themselves, so that a conversation's prefix stays the
 * same from turn to turn and prompt caches hold. Two ids that would meet are kept apart.
 */
export function toolCallIds(quirks: OpenAiChatQuirks): ToolCallIds {
  const { toolCallIdMaxLength: length, toolCallIdAlphanumeric: alphanumeric = false } = quirks;
  if (length === undefined) return (id) => id;
  const fits = (id: string) => (alphanumeric ? id.length === length && /^[0-9A-Za-z]+$/.test(id) : id.length <= length);
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    let mapped = fits(id) ? id : shortened(id, length, alphanumeric);
    for (let salt = 1; taken.has(mapped); salt += 1) mapped = shortened(`${id}#${salt}`, length, alphanumeric);
    known.set(id, mapped);
    taken.add(mapped);
    return mapped;
  };
}

function shortened(id: string, length: number, alphanumeric: boolean): string {
  const digestLength = Math.min(length, 20);
  const digest = digestOf(id, digestLength);
  return alphanumeric || length <= 24 ? digestOf(id, length) : `call_${digest}`.slice(0, length);
}

/** FNV-1a, once for each letter with another seed: not a secret, only a spread. */
function digestOf(text: string, length: number): string {
  let out = "";
  for (let seed = 0; seed < length; seed += 1) {
    let hash = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1);
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash ^= hash >>> 15;
    out += LETTERS[(Math.imul(hash, 0x85ebca6b) >>> 8) % LETTERS.length] ?? "0";
  }
  return out;
}
