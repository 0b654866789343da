import { utf8Decoder } from "../encoding.ts";
import { GatewayError } from "../ir/errors.ts";
import type { Transducer } from "../transducer.ts";
import type { SseMessage } from "./message.ts";

const LF = 0x0a;
const CR = 0x0d;
/** A picture comes in one event: one of 4K is some 20 MB of base64. https://ai.google.dev/gemini-api/docs/image-generation */
const DEFAULT_LIMIT = 64 * 1024 * 1024;

/**
 * Parses an event stream from arbitrary byte chunks, by the WHATWG grammar: LF, CRLF and lone CR end a line, a BOM is
 * skipped, comments and unknown fields are ignored, several `data` lines join by LF. Different from the browser's
 * EventSource in one way: a last event without its blank line is still delivered at `end`, since vendors do that.
 * Throws `upstream_invalid_response` when one event grows beyond `limit` bytes.
 */
export function parseSse(limit = DEFAULT_LIMIT): Transducer<Uint8Array, SseMessage> {
  const utf8 = utf8Decoder({ fatal: false });
  let pending = "";
  let afterCr = false;
  let held = 0;
  let event = "";
  let data: string[] = [];

  const dispatch = (out: SseMessage[]) => {
    if (data.length > 0) out.push(event === "" ? { data: data.join("\n") } : { event, data: data.join("\n") });
    event = "";
    data = [];
    held = 0;
  };

  const line = (text: string, out: SseMessage[]) => {
    if (text === "") return dispatch(out);
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const start = colon < 0 ? text.length : text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1;
    if (field === "data") data.push(text.slice(start));
    else if (field === "event") event = text.slice(start);
  };

  const split = (text: string): SseMessage[] => {
    const out: SseMessage[] = [];
    let from = afterCr && text.charCodeAt(0) === LF ? 1 : 0;
    if (text !== "") afterCr = false;
    const nextBreak = lineBreaks(text);
    for (let at = nextBreak(from); at >= 0; at = nextBreak(from)) {
      line(pending + text.slice(from, at), out);
      pending = "";
      from = at + 1;
      if (text.charCodeAt(at) !== CR) continue;
      afterCr = from === text.length;
      if (text.charCodeAt(from) === LF) from += 1;
    }
    pending += text.slice(from);
    return out;
  };

  return {
    push(chunk) {
      held += chunk.byteLength;
      const out = split(utf8.decode(chunk, { stream: true }));
      if (pending === "" && data.length === 0) held = 0;
      if (held > limit)
        throw new GatewayError("upstream_invalid_response", "The upstream sent an event that is too large.");
      return out;
    },
    end() {
      const out = split(utf8.decode());
      if (pending !== "") line(pending, out);
      pending = "";
      dispatch(out);
      return out;
    },
  };
}

/**
 * Finds the next line end of either kind from an offset on; offsets must not decrease. Each kind is searched for only
 * behind the last one found, so that a chunk of many lines takes one pass even when it mixes both kinds.
 */
function lineBreaks(text: string): (from: number) => number {
  let lf = text.indexOf("\n");
  let cr = text.indexOf("\r");
  return (from) => {
    if (lf >= 0 && lf < from) lf = text.indexOf("\n", from);
    if (cr >= 0 && cr < from) cr = text.indexOf("\r", from);
    if (cr < 0) return lf;
    return lf < 0 ? cr : Math.min(lf, cr);
  };
}
