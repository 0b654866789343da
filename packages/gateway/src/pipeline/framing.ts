import { formatSse, SSE_COMMENT, type SseMessage } from "@signalbox/protocol";
import { ingressOf } from "./dialects.ts";
import type { Surface } from "./exchange.ts";

/** How a stream's messages stand on the wire. A framing keeps the state of one answer. */
export interface Framing {
  readonly contentType: string;
  readonly message: (message: SseMessage) => string;
  readonly keepAlive: () => string;
  readonly end: () => string;
}

export function framingOf(surface: Surface): Framing {
  return surface.framing === "json-array" ? jsonArray() : serverSentEvents(ingressOf(surface.dialect).keepAlive);
}

function serverSentEvents(keepAlive: string = SSE_COMMENT): Framing {
  return {
    contentType: "text/event-stream; charset=utf-8",
    message: formatSse,
    keepAlive: () => keepAlive,
    end: () => "",
  };
}

/** Gemini without `alt=sse`: one JSON array whose elements come one by one; white space keeps it open. */
function jsonArray(): Framing {
  let opened = false;
  const open = () => {
    const lead = opened ? "" : "[";
    opened = true;
    return lead;
  };
  let count = 0;
  return {
    contentType: "application/json; charset=utf-8",
    message: ({ data }) => {
      count += 1;
      return `${open()}${count === 1 ? "" : ",\r\n"}${data}`;
    },
    keepAlive: () => `${open()}\n`,
    end: () => `${open()}]\n`,
  };
}
