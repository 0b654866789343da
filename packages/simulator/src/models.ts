import type { Fields } from "./json.ts";
import type { ModelListShape } from "./routes.ts";

/** Any model name works; these are only what the lists show. */
const MODELS = ["sim-model", "sim-model-mini", "gemini-3-sim", "claude-sim", "gpt-sim"];

export function modelList(shape: ModelListShape, model: string | undefined): Fields {
  const describe = DESCRIBE[shape];
  if (model !== undefined) return describe(model);
  const data = MODELS.map(describe);
  switch (shape) {
    case "gemini":
      return { models: data };
    case "anthropic":
      return { data, has_more: false, first_id: MODELS[0], last_id: MODELS.at(-1) };
    case "openai":
      return { object: "list", data };
  }
}

const DESCRIBE: Readonly<Record<ModelListShape, (model: string) => Fields>> = {
  openai: (model) => ({ id: model, object: "model", created: 1_790_000_000, owned_by: "signalbox-simulator" }),
  anthropic: (model) => ({ type: "model", id: model, display_name: model, created_at: "2026-10-01T00:00:00Z" }),
  gemini: (model) => ({
    name: `models/${model}`,
    version: "001",
    displayName: model,
    description: "A model of the simulator",
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent", "countTokens"],
    temperature: 1,
    topP: 0.95,
    topK: 64,
  }),
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html */
export function inferenceProfiles(): Fields {
  const summaries = ["us.anthropic.claude-sim", "global.anthropic.claude-sim"].map((id) => ({
    inferenceProfileId: id,
    inferenceProfileArn: `arn:aws:bedrock:us-east-1:000000000000:inference-profile/${id}`,
    inferenceProfileName: id,
    models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sim" }],
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
  }));
  return { inferenceProfileSummaries: summaries };
}
