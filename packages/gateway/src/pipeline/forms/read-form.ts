import type { IncomingMessage } from "node:http";
import { Dicer } from "@fastify/busboy";
import { GatewayError, invalidRequest } from "@signalbox/protocol";
import { ArrivingForm, HEADS, type ReadFormOptions } from "./arriving-form.ts";
import type { Form } from "./form.ts";

import { notePassing } from "./passing-bytes.ts";

export type { ReadFormOptions } from "./arriving-form.ts";

/** Begins to read a form, and returns while it comes. Throws `unsupported_media_type`, `invalid_request`, `request_too_large`. */
export function readForm(request: IncomingMessage, options: ReadFormOptions): Form {
  const boundary = boundaryOf(request);
  const { totalBytes } = options.limits;
  if (Number(request.headers["content-length"] ?? 0) > totalBytes) throw tooLarge(totalBytes);
  const state = new ArrivingForm(options);
  feed(request, { state, boundary, totalBytes });
  return state;
}

/** https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1 */
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"\\\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?=;|$)/gi;

function boundaryOf({ headers }: IncomingMessage): string {
  const { "content-type": type = "", "content-encoding": encoding } = headers;
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(type)) {
    throw new GatewayError(
      "unsupported_media_type",
      "The body must be a form: send 'content-type: multipart/form-data'.",
    );
  }
  if (encoding !== undefined && encoding !== "identity") {
    throw new GatewayError("unsupported_media_type", "Compressed request bodies are not accepted.");
  }
  const found = [...type.matchAll(BOUNDARY)];
  const boundary = found[0]?.[1] ?? found[0]?.[2];
  if (found.length !== 1 || boundary === undefined) {
    throw invalidRequest("The 'content-type' of the form names no usable boundary.", "content-type");
  }
  return boundary;
}

const tooLarge = (limit: number): GatewayError =>
  new GatewayError("request_too_large", `The form is larger than ${limit} bytes.`);

interface Feeding {
  readonly state: ArrivingForm;
  readonly boundary: string;
  readonly totalBytes: number;
}

/** The client's bytes through the parser: as fast as the parts take them, and no more of them than the limit. */
function feed(request: IncomingMessage, { state, boundary, totalBytes }: Feeding): void {
  const parser = new Dicer({ boundary, ...HEADS });
  let received = 0;
  let isEnded = false;
  const stop = () => {
    request.off("data", take);
    request.pause();
  };
  const take = (chunk: Buffer) => {
    received += chunk.length;
    if (received > totalBytes) return state.fail(tooLarge(totalBytes));
    if (!parser.write(chunk)) request.pause();
    state.countHeadless(chunk.length);
    notePassing(chunk.length);
  };
  state.onEnd(stop);
  parser.on("drain", () => {
    if (!state.isOver()) request.resume();
  });
  parser.on("part", (part: Dicer.PartStream) => state.begin(part));
  parser.on("error", (cause) => state.fail(invalidRequest(`The form is broken: ${cause.message}.`)));
  parser.on("finish", () => state.parsed());
  request.on("data", take);
  request.once("end", () => {
    isEnded = true;
    parser.end();
    state.received();
  });
  request.once("close", () => {
    if (!isEnded) state.fail(new GatewayError("client_closed", "The client went away while sending its request."));
  });
  request.once("error", (cause) =>
    state.fail(new GatewayError("client_closed", "The request was cut off.", { cause })),
  );
}
