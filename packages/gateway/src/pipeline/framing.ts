import { formatSse, SSE_COMMENT, type SseMessage } from "@signalbox/protocol";
import type { AnswerForm } from "./answer-form.ts";
import { awsFrames } from "./aws-answers.ts";
import { ingressOf } from "./dialects.ts";
import type { Surface } from "./exchange.ts";

/** How a stream's messages stand on the wire. A framing keeps the state of one answer. */
export interface Framing {
  /** No text: what an upstream's error says cannot be looked through once it is written. */
  readonly binary?: true;
  readonly contentType: string;
  readonly message: (message: SseMessage) => string | Uint8Array;
  readonly keepAlive: () => string | Uint8Array;
  readonly end: () => string;
}

export function framingOf(surface: Surface): Framing {
  const framing = plainFraming(surface);
  return surface.answers === undefined ? framing : inForm(framing, surface.answers);
}

function inForm(framing: Framing, answers: AnswerForm): Framing {
  const reworded = answers.stream();
  return {
    ...framing,
    message: (message) => {
      const [first = "", ...rest] = reworded(message).map(framing.message);
      return rest.length === 0 ? first : Buffer.concat([first, ...rest].map((piece) => Buffer.from(piece)));
    },
  };
}

function plainFraming({ framing, dialect }: Surface): Framing {
  switch (framing) {
    case "sse":
      return serverSentEvents(ingressOf(dialect).keepAlive);
    case "json-array":
      return jsonArray();
    case "aws-event-stream":
      return awsFrames();
  }
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
