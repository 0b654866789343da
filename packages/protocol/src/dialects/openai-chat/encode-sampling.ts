import type { JsonObject } from "../../ir/json.ts";
import { compact } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import type { Encoding } from "./encoding.ts";

export function encodeSampling(encoding: Encoding, facts: ModelFacts | undefined): JsonObject {
  const { quirks } = encoding;
  const { temperature, topP, presencePenalty, frequencyPenalty, seed } = encoding.request.sampling;
  return compact({
    [quirks.maxTokensField ?? "max_tokens"]: outputLimit(encoding, facts),
    temperature,
    top_p: topP,
    top_k: topK(encoding),
    stop: stopSequences(encoding),
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    [quirks.seedField ?? "seed"]: seed,
  });
}

/** Clients of models with a greater limit ask for more than this model can write, which endpoints answer with 400. */
function outputLimit({ request, losses }: Encoding, facts: ModelFacts | undefined): number | undefined {
  const asked = request.sampling.maxOutputTokens;
  const most = facts?.maxOutputTokens;
  if (asked === undefined || most === undefined || asked <= most) return asked;
  losses.adapt("max-output-tokens", `The output limit ${asked} was lowered to the model's ${most}.`);
  return most;
}

function topK({ request, quirks, losses }: Encoding): number | undefined {
  const { topK: wanted } = request.sampling;
  if (wanted === undefined || quirks.topK === true) return wanted;
  losses.drop("top-k", "'top_k' is not a parameter of this endpoint.");
  return undefined;
}

function stopSequences({ request, quirks, losses }: Encoding): readonly string[] | undefined {
  const { stopSequences: wanted } = request.sampling;
  const limit = quirks.stopLimit ?? Number.POSITIVE_INFINITY;
  if (wanted === undefined || wanted.length <= limit) return wanted;
  losses.drop("stop-sequences", `Only the first ${limit} of ${wanted.length} stop sequences were sent.`);
  return wanted.slice(0, limit);
}
