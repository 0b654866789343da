import type { LossReport, Usage } from "@signalbox/protocol";
import type { OperationId } from "../../config/operations.ts";
import type { ResolvedOperation } from "../../providers/resolved.ts";
import type { Lane, PlannedOperation } from "../../routing/plan.ts";
import type { RoutingPreferences } from "../../routing/preferences.ts";
import type { Cancellation } from "../../upstream/cancellation.ts";
import type { UpstreamAnswer, UpstreamRequest } from "../../upstream/dispatch.ts";
import { encodedModel } from "../../upstream/endpoint-url.ts";
import type { Watchdog } from "../../upstream/watchdog.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";

/** A request for something beside a conversation, read as far as routing and accounting need it. */
export interface Asked {
  readonly operation: OperationId;
  /** As the client names it. */
  readonly model: string;
  readonly stream: boolean;
  /** The client is still sending it: its slowness is not the upstream's. */
  readonly arriving?: () => boolean;
  readonly preferences: RoutingPreferences;
  /** The body as it came; absent where it is a form, of which no copy is kept. */
  readonly sent?: Buffer;
  /** What it uses at most, as far as can be known before: held of budgets and limits. */
  readonly worst: Usage;
  /** What it probably used, where its upstream does not tell. What is not here either makes the request unpriced. */
  readonly estimate: () => Usage;
  /** The request of one attempt. Throws `unsupported_feature` where this endpoint cannot be asked that. */
  readonly prepare: (planned: PlannedOperation) => PreparedOperation;
  /** In every ending. */
  readonly close?: () => void;
}

/** What one upstream is sent, and how its answer is read. */
export interface PreparedOperation extends LossReport {
  readonly lane: Lane;
  readonly upstream: Pick<UpstreamRequest, "url" | "headers" | "body">;
  /** Hands an answer of status 200 to the client. Rejects before anything of it was sent, where another attempt may answer instead. */
  readonly relay: (attempt: OperationAttempt, answer: UpstreamAnswer) => Promise<void>;
}

/** Everything that belongs to one try of one target. */
export interface OperationAttempt {
  readonly exchange: Exchange;
  readonly asked: Asked;
  readonly planned: PlannedOperation & { readonly lane: Lane };
  readonly losses: LossReport;
  readonly record: AttemptRecord;
  readonly cancel: Cancellation;
  readonly watchdog: Watchdog;
}

/** Where an operation is asked for: the endpoint's own path, else its format's; `{model}` is replaced. */
export function operationUrl({ baseUrl, path }: ResolvedOperation, own: string, model: string): URL {
  return new URL(baseUrl + (path ?? own).replace("{model}", encodedModel(model)));
}
