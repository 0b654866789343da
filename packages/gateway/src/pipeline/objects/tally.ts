import { invalidRequest, type JsonObject, numberOf } from "@signalbox/protocol";

/** What lines ask of one model, as far as its worst price needs it. */
export interface ModelDemand {
  lines: number;
  /** Bytes that the model's name takes in all of them, as JSON text. */
  nameBytes: number;
  inputTokens: number;
  /** Of lines that say how long their answer may be. */
  outputTokens: number;
  /** Answers of which nobody says it. */
  unlimited: number;
}

export type Demands = ReadonlyMap<string, ModelDemand>;

/** The fewest characters that any text has for a token. */
const CHARACTERS_PER_TOKEN = 3;
const MOST_MODELS = 100;
const MOST_ANSWERS = 128;

export interface Asked {
  readonly model: string;
  readonly nameBytes: number;
  readonly bytes: number;
  /** The most tokens of one answer; undefined: nobody says. */
  readonly most: number | undefined;
  readonly answers: number;
}

export function addDemand(demands: Map<string, ModelDemand>, { model, nameBytes, bytes, most, answers }: Asked): void {
  const known = demands.get(model) ?? { lines: 0, nameBytes: 0, inputTokens: 0, outputTokens: 0, unlimited: 0 };
  demands.set(model, known);
  if (demands.size > MOST_MODELS) throw invalidRequest(`A batch may name at most ${MOST_MODELS} models.`, "model");
  known.lines += 1;
  known.nameBytes += nameBytes;
  known.inputTokens += Math.ceil(bytes / CHARACTERS_PER_TOKEN);
  if (most === undefined) known.unlimited += answers;
  else known.outputTokens += most * answers;
}

/** How long an answer may be, by whichever name a dialect has for it. */
const LIMITS = ["max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens"];

export function limitsIn(body: JsonObject): Pick<Asked, "most" | "answers"> {
  const said = LIMITS.map((name) => numberOf(body[name])).filter((count) => count !== undefined && count >= 0);
  const most = said.reduce((one, other) => Math.max(one ?? 0, other ?? 0), undefined);
  const answers = numberOf(body["n"]) ?? numberOf(body["candidateCount"]) ?? numberOf(body["candidate_count"]) ?? 1;
  return { most, answers: Math.min(MOST_ANSWERS, Math.max(1, Math.ceil(answers))) };
}
