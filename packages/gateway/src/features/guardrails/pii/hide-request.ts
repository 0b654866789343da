import type { CanonicalRequest, JsonObject, Message, Tool } from "@signalbox/protocol";
import { editPart, editParts, type PartEditor } from "./edit-parts.ts";
import { hideJson, hideText } from "./hide-text.ts";
import { inStrings } from "./json-text.ts";
import type { Edited, Vault } from "./vault.ts";

export interface HiddenRequest {
  readonly request: CanonicalRequest;
  /** Something in it could not be looked into: media, or parts of a vendor's own tools. */
  readonly unread: boolean;
}

/** The request with placeholders in all its texts: instructions, messages, arguments and results of tools, and what else it says in words. */
export function hideRequest(request: CanonicalRequest, vault: Vault): HiddenRequest {
  const untouched = (text: string): Edited => {
    vault.reserve(text);
    return { text, edits: [] };
  };
  changed(request, { text: untouched, unread: () => undefined });
  let unread = false;
  const note = () => {
    unread = true;
  };
  const hidden = changed(request, {
    text: (text) => hideText(vault, text),
    json: (text) => hideJson(vault, text),
    unread: note,
  });
  return { request: hidden, unread };
}

/** In the order in which a model reads it; what it does not read comes last. */
function changed(request: CanonicalRequest, editor: PartEditor): CanonicalRequest {
  const plain = (text: string) => editor.text(text).text;
  const { metadata, extensions } = request;
  const instructions = request.instructions.map((part) => ({ ...part, ...wordsOf(part, editor) }));
  const tools = request.tools.map((tool) => editTool(tool, plain));
  const messages = request.messages.map((message) => editMessage(message, editor));
  return {
    ...request,
    instructions,
    tools,
    messages,
    ...(metadata === undefined ? {} : { metadata: inFields(metadata, plain) }),
    ...(extensions === undefined ? {} : { extensions: inExtensions(extensions, plain) }),
  };
}

function wordsOf(part: CanonicalRequest["instructions"][number], editor: PartEditor) {
  const edited = editPart(part, editor);
  return edited.type === "text" ? edited : part;
}

/** What stands where names must, in brackets or not, has none. */
const asName = (placeholder: string): string => placeholder.replaceAll(/[<>]/g, "");

function editMessage(message: Message, editor: PartEditor): Message {
  const { name } = message;
  const content = editParts(message.content, editor);
  if (name === undefined) return { ...message, content };
  const hidden = editor.text(name).text;
  return { ...message, content, name: hidden === name ? name : asName(hidden) };
}

/** What tools are called, and how, must stay as it is. */
function editTool(tool: Tool, plain: (text: string) => string): Tool {
  if (tool.type !== "function" || tool.description === undefined) return tool;
  return { ...tool, description: plain(tool.description) };
}

function inFields(fields: JsonObject, plain: (text: string) => string): JsonObject {
  const entries = Object.entries(fields).map(([name, value]) => [name, inStrings(value ?? null, plain)] as const);
  return Object.fromEntries(entries);
}

/** Servers of tools, whose tokens are theirs to know. */
const CREDENTIALS = new Set(["mcp_servers"]);

function inExtensions(
  extensions: NonNullable<CanonicalRequest["extensions"]>,
  plain: (text: string) => string,
): NonNullable<CanonicalRequest["extensions"]> {
  const edited = Object.entries(extensions).map(([dialect, fields]) => {
    const kept = Object.entries(fields).filter(([name]) => CREDENTIALS.has(name));
    return [dialect, { ...inFields(fields, plain), ...Object.fromEntries(kept) }] as const;
  });
  return Object.fromEntries(edited);
}
