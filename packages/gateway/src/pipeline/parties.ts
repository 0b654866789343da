import type { ClientRequest } from "./client-request.ts";
import type { ClientStream } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";

/** Who has a part in a request from its plan to its answer. */
export interface Parties {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly client: ClientStream;
}
