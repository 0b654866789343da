import type { CanonicalRequest } from "@signalbox/protocol";
import { editParts, type PartEditor } from "./edit-parts.ts";
import type { Edited, Vault } from "./vault.ts";

export interface HiddenRequest {
  readonly request: CanonicalRequest;
  /** Something in it could not be looked into: media, or parts of a vendor's own tools. */
  readonly unread: boolean;
}

/** The request with placeholders in all its texts: instructions, messages, arguments and results of tools. */
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
  const hidden = changed(request, { text: vault.hide, unread: note });
  return { request: hidden, unread };
}

/** In the order in which a model reads it. */
function changed(request: CanonicalRequest, editor: PartEditor): CanonicalRequest {
  const instructions = request.instructions.map((part) => ({ ...part, text: editor.text(part.text).text }));
  const messages = request.messages.map((message) => ({ ...message, content: editParts(message.content, editor) }));
  return { ...request, instructions, messages };
}
