import type { LossRecorder } from "../../ir/loss.ts";
import type { OutputFormat } from "../../ir/request.ts";

/** OpenAI's dialects want a name for the answer's schema; the others have none. */
export const UNNAMED_OUTPUT = "response";

export function reportOutputName(output: OutputFormat, losses: LossRecorder): void {
  const name = output.type === "json-schema" ? output.name : undefined;
  if (name === undefined || name === UNNAMED_OUTPUT) return;
  losses.adapt("output-name", `The schema of the answer was sent without its name, '${name}'.`);
}
