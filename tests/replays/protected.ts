import type { Message, Part } from "@signalbox/protocol";
import { decode } from "@toon-format/toon";
import { isDiff } from "../../packages/gateway/src/features/compression/text-kind.ts";

/** What stands otherwise in `sent` than in `asked` and must not, in words; empty: all that is protected is there byte for byte. */
export function damage(asked: readonly Message[], sent: readonly Message[]): readonly string[] {
  if (asked.length !== sent.length) return [`${asked.length} messages became ${sent.length}`];
  const question = asked.findLastIndex(({ role }) => role === "user");
  const marked = asked.findLastIndex(({ content }) => content.some(({ cache }) => cache !== undefined));
  return asked.flatMap((message, at) => {
    const other = sent[at];
    if (other === undefined || message.role !== other.role || message.content.length !== other.content.length)
      return [`message ${at} has another shape`];
    if (message === other) return [];
    if (message.role === "assistant" || at <= marked || (at === question && isNewest(asked, at)))
      return [`message ${at} (${message.role}) was changed`];
    return message.content.flatMap((part, place) => partDamage(part, other.content[place], `${at}.${place}`));
  });
}

/** Nothing of the user follows in its turn. */
const isNewest = (messages: readonly Message[], at: number): boolean => {
  const next = messages[at + 1];
  return next === undefined || next.role === "assistant" || next.role === "tool";
};

function partDamage(part: Part, other: Part | undefined, where: string): readonly string[] {
  if (part === other) return [];
  if (other === undefined || part.type !== other.type) return [`${where} became another kind of part`];
  if (part.type === "tool-result" && other.type === "tool-result") {
    if (part.callId !== other.callId || part.isError !== other.isError) return [`${where} answers another call`];
    return part.content.flatMap((inner, at) => partDamage(inner, other.content[at], `${where}.${at}`));
  }
  if (part.type === "text" && other.type === "text")
    return textDamage(part.text, other.text).map((why) => `${where}: ${why}`);
  return [`${where} (${part.type}) was changed`];
}

const POINTER = /^\[This is the same, word for word, as .* above\.\]$/;

function textDamage(text: string, other: string): readonly string[] {
  if (text === other || POINTER.test(other)) return [];
  if (isDiff(text)) return ["a diff was changed"];
  const json = parsed(text);
  if (json !== undefined) return isSame(json, parsed(other) ?? decoded(other)) ? [] : ["JSON says something else"];
  return (text.match(/```[\s\S]*?```/g) ?? []).filter((code) => !other.includes(code)).map(() => "code was changed");
}

/** Undefined: it is no JSON. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function decoded(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: decode(text) };
  } catch {
    return undefined;
  }
}

const isSame = (one: { readonly value: unknown }, other: { readonly value: unknown } | undefined): boolean =>
  other !== undefined && JSON.stringify(one.value) === JSON.stringify(other.value);
