import {
  type AnswerContext,
  type CanonicalRequest,
  collect,
  type EncodedRequest,
  grammarViolation,
  type JsonObject,
  type LossReport,
  lossRecorder,
  type ModelFacts,
  type Origin,
  runAll,
  type SseMessage,
} from "@signalbox/protocol";
import { CODECS, READERS, SPOKEN, type Spoken, UPSTREAMS, type Upstream } from "./codecs.ts";
import type { Answer, Ask } from "./wire/kit.ts";
import { KITS, UPSTREAM_KITS } from "./wire/kits.ts";

/** Every client dialect before every upstream dialect. */
export const PAIRS: readonly (readonly [Spoken, Upstream])[] = SPOKEN.flatMap((client) =>
  UPSTREAMS.map((upstream) => [client, upstream] as const),
);

export const FORMS = ["whole", "stream"] as const;
export type Form = (typeof FORMS)[number];

/** Client, upstream and form. */
export const CELLS: readonly (readonly [Spoken, Upstream, Form])[] = PAIRS.flatMap(([client, upstream]) =>
  FORMS.map((form) => [client, upstream, form] as const),
);

const TARGETS: Readonly<Record<Upstream, { readonly model: string; readonly facts: ModelFacts }>> = {
  "openai-chat": { model: "gpt-5.2", facts: { reasoning: "effort" } },
  "openai-responses": { model: "gpt-5.2", facts: { reasoning: "effort" } },
  "anthropic-messages": { model: "claude-sonnet-4-6", facts: { reasoning: "budget", maxOutputTokens: 64_000 } },
  gemini: { model: "gemini-3-pro-preview", facts: { reasoning: "level" } },
  "bedrock-converse": {
    model: "us.anthropic.claude-sonnet-4-6-v1:0",
    facts: { reasoning: "budget", maxOutputTokens: 64_000 },
  },
};

/** What the client asks, as the gateway understands it. */
export function received(client: Spoken, body: JsonObject, form: Form = "whole"): CanonicalRequest {
  return CODECS[client].decodeRequest(body, client === "gemini" ? { model: "public", stream: form === "stream" } : {});
}

export function sent(request: CanonicalRequest, upstream: Upstream, provider: string = upstream): EncodedRequest {
  return READERS[upstream].encodeRequest(request, { provider, ...TARGETS[upstream] });
}

/** What the upstream is told when a client of another dialect asks, and what was lost on the way. */
export function tell(ask: Ask, client: Spoken, upstream: Upstream) {
  const encoded = sent(received(client, KITS[client].ask(ask)), upstream);
  return { ...encoded, told: UPSTREAM_KITS[upstream].told(encoded.body) };
}

export function originOf(upstream: Upstream, provider: string = upstream): Origin {
  return { dialect: upstream, provider, model: TARGETS[upstream].model };
}

export function contextFor(request: CanonicalRequest): AnswerContext {
  return {
    request,
    model: "public",
    uniqueId: "unique1",
    now: 1_700_000_000,
    estimatedInputTokens: 77,
    losses: lossRecorder(),
  };
}

/** The body that the client has in the end, whether the upstream's answer was whole or a stream. */
export function relay(answer: Answer, cell: readonly [Spoken, Upstream, Form], request: CanonicalRequest) {
  const [client, upstream, form] = cell;
  const context = contextFor({ ...request, stream: form === "stream" });
  const body =
    form === "whole"
      ? CODECS[client].encodeResponse(
          READERS[upstream].decodeResponse(UPSTREAM_KITS[upstream].answer(answer), originOf(upstream)),
          context,
        )
      : KITS[client].assemble(relayStream(UPSTREAM_KITS[upstream].stream(answer), cell, context));
  const losses: LossReport = context.losses.report();
  return { body, seen: KITS[client].seen(body), losses };
}

export function relayStream(
  messages: readonly SseMessage[],
  [client, upstream]: readonly [Spoken, Upstream, Form],
  context: AnswerContext,
): readonly SseMessage[] {
  const events = runAll(READERS[upstream].decodeStream(originOf(upstream)), messages);
  const violation = grammarViolation(events);
  if (violation !== undefined) throw new Error(violation);
  if (events.at(-1)?.type === "response-end") collect(events);
  return runAll(CODECS[client].encodeStream(context), events);
}

/** The names of what was reported as lost or changed. */
export function reported({ dropped, adapted }: LossReport): string {
  return [...dropped, ...adapted].map(({ feature, detail }) => `${feature}: ${detail}`).join("\n");
}
