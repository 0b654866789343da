import {
  type CanonicalRequest,
  type CanonicalResponse,
  collect,
  GatewayError,
  parseSse,
  runAll,
  scanObject,
  splicePieces,
} from "@signalbox/protocol";
import { modelFacts } from "../../catalogue/catalogue.ts";
import type { EndpointDialect } from "../../config/quirks.ts";
import type { ResolvedEndpoint } from "../../providers/resolved.ts";
import { once } from "../../routing/once.ts";
import type { PlannedAttempt } from "../../routing/plan.ts";
import { callUrl } from "../../upstream/endpoint-url.ts";
import { egressOf } from "../dialects.ts";
import type { Exchange } from "../exchange.ts";
import { fitEndpoint } from "../fit-endpoint.ts";
import { parsed } from "../operations/relay.ts";
import type { Received, SideRequest } from "./side-call-attempts.ts";
import type { Question } from "./side-calls-types.ts";

const LIMITS = { maxDepth: 100, maxNodes: Number.POSITIVE_INFINITY };

/** A short conversation: one question, answered whole and as soberly as the model can. */
export function questionCall(
  { services }: Pick<Exchange, "services">,
  planned: PlannedAttempt,
  question: Question,
): SideRequest<string> {
  const { endpoint, target } = planned;
  const { body, headers = {} } = encoded(endpoint, planned, requestFor(target.model, question));
  const bytes = Buffer.from(JSON.stringify(body));
  const scan = once(() => scanObject(bytes, LIMITS));
  const call = { operation: "generate", model: target.model, stream: false } as const;
  const written = { bytes, scan, headers: { ...headers, accept: "application/json" } };
  const fitted = fitEndpoint(written, { endpoint, call, learned: services.learned.of(planned) });
  return {
    url: callUrl(endpoint, call),
    headers: fitted.headers,
    body: Object.keys(fitted.edits).length === 0 ? bytes : splicePieces(bytes, scan(), fitted.edits),
    read(received) {
      const { parts, usage } = decoded(planned, received);
      const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
      return { value: () => saidIn(text), usage };
    },
  };
}

function saidIn(text: string): string {
  if (text !== "") return text;
  throw new GatewayError("upstream_invalid_response", "The upstream answered without a word.");
}

function requestFor(model: string, { instructions, input, maxOutputTokens }: Question): CanonicalRequest {
  return {
    model,
    stream: false,
    instructions: [{ type: "text", text: instructions }],
    messages: [{ role: "user", content: [{ type: "text", text: input }] }],
    tools: [],
    sampling: { temperature: 0, maxOutputTokens },
  };
}

function encoded<D extends EndpointDialect>(
  endpoint: ResolvedEndpoint<D>,
  { target }: PlannedAttempt,
  request: CanonicalRequest,
) {
  const { provider, model } = target;
  const facts = modelFacts(provider, model);
  const to = { provider: provider.id, model, quirks: endpoint.quirks, facts };
  return egressOf(endpoint.dialect).encodeRequest(request, to);
}

/** Some upstreams stream whatever they are asked. */
function decoded({ endpoint, target }: PlannedAttempt, { bytes, contentType }: Received): CanonicalResponse {
  const { dialect } = endpoint;
  const origin = { dialect, provider: target.provider.id, model: target.model };
  const codec = egressOf(dialect);
  if (!contentType.includes("text/event-stream")) return codec.decodeResponse(parsed(bytes), origin);
  return collect(runAll(codec.decodeStream(origin), runAll(parseSse(), [bytes])));
}
