import type { LossRecorder } from "../../ir/loss.ts";
import type { Sampling } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";

/** What of temperature, top-p and top-k a model takes: all, only one of the first two, or none. */
export type SamplingTaken = "both" | "one" | "none";

/**
 * The version that a name of Claude's tells, as 100 times the major and the minor: 405 for `claude-opus-4-5`; undefined for
 * other names.
 */
export function claudeVersion(model: string): number | undefined {
  const [, major, minor = "0"] = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}

/**
 * Since Claude 4.1 temperature and top-p exclude one another; since Opus 4.7 all three are refused. Models of other names are
 * look-alikes, which take all. https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */
export function samplingTaken(model: string): SamplingTaken {
  const version = claudeVersion(model) ?? 0;
  if (version >= 407) return "none";
  return version >= 401 ? "one" : "both";
}

type Chosen = Pick<Sampling, "temperature" | "topP" | "topK">;

/** Temperature, top-p and top-k, as far as they go with thinking and with each other. */
export function claudeSampling(
  sampling: Sampling,
  { thinks, takes }: { readonly thinks: boolean; readonly takes: SamplingTaken },
  losses: LossRecorder,
): Chosen {
  if (takes === "none") return noSampling(sampling, losses);
  return thinks ? thinkingSampling(sampling, losses) : plainSampling(sampling, takes, losses);
}

function plainSampling({ temperature, topP, topK }: Sampling, takes: SamplingTaken, losses: LossRecorder): Chosen {
  const clamped = temperature === undefined ? undefined : Math.min(1, temperature);
  if (clamped !== temperature) losses.adapt("temperature", `Temperature ${temperature} was sent as 1, the maximum.`);
  const clash = takes === "one" && temperature !== undefined && topP !== undefined;
  if (clash) losses.drop("top-p", "The model does not take top_p beside temperature.");
  return compact({ temperature: clamped, topP: clash ? undefined : topP, topK });
}

function noSampling({ temperature, topP, topK }: Sampling, losses: LossRecorder): Chosen {
  if (temperature !== undefined) losses.drop("temperature", "The model takes no temperature.");
  if (topP !== undefined) losses.drop("top-p", "The model takes no top_p.");
  if (topK !== undefined) losses.drop("top-k", "The model takes no top_k.");
  return {};
}

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility */
function thinkingSampling({ temperature, topP, topK }: Sampling, losses: LossRecorder): Chosen {
  const highTopP = topP !== undefined && topP >= 0.95 && topP <= 1 && temperature === undefined;
  if (temperature !== undefined && temperature !== 1) losses.drop("temperature", "Thinking takes no temperature.");
  if (topP !== undefined && !highTopP) losses.drop("top-p", "Thinking takes no top_p below 0.95.");
  if (topK !== undefined) losses.drop("top-k", "Thinking takes no top_k.");
  return compact({ temperature: temperature === 1 ? 1 : undefined, topP: highTopP ? topP : undefined });
}
