import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { ResponseBody } from "./response-body.ts";

/** Pieces are sent one after the other, without being joined first. A function makes the stream anew for every attempt. */
export type UpstreamBody = string | Uint8Array | readonly Uint8Array[] | (() => Readable);

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ResponseBody;
}
