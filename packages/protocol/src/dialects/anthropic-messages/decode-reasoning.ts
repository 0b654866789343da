import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { OutputFormat, Reasoning } from "../../ir/request.ts";
import { compact, numberOf, objectOf, readObject, stringOf } from "../../json/read.ts";
import { CLAUDE_EFFORTS } from "../shared/claude-thinking.ts";
import { present, unknownFields } from "./wire.ts";

export interface DecodedOutput {
  readonly reasoning?: Reasoning;
  readonly output?: OutputFormat;
  /** What of `thinking`, `output_config` and `output_format` the IR has no word for, under the same names. */
  readonly rest: JsonObject;
}

/** `thinking`, `output_config` and the earlier beta's `output_format`. */
export function decodeOutput(body: JsonObject): DecodedOutput {
  const thinking = decodeThinkingConfig(readObject(body["thinking"], "thinking") ?? {});
  const config = readObject(body["output_config"], "output_config") ?? {};
  const effort = CLAUDE_EFFORTS.find((name) => name === config["effort"]);
  const output = decodeFormat(config["format"]);
  const earlier = decodeFormat(body["output_format"]);
  const known = [...(effort === undefined ? [] : ["effort"]), ...(output === undefined ? [] : ["format"])];
  const reasoning = compact({ ...thinking.reasoning, effort });
  return compact({
    reasoning: Object.keys(reasoning).length === 0 ? undefined : reasoning,
    output: output ?? earlier,
    rest: compact({
      thinking: thinking.rest,
      output_config: unknownFields(config, new Set(known)),
      output_format: earlier === undefined && present(body["output_format"]) ? body["output_format"] : undefined,
    }),
  });
}

interface DecodedThinking {
  readonly reasoning: Reasoning;
  readonly rest?: JsonObject;
}

const MODES = new Map<JsonValue | undefined, NonNullable<Reasoning["mode"]>>([
  ["enabled", "on"],
  ["adaptive", "adaptive"],
  ["disabled", "off"],
]);
const SUMMARIES = new Map<JsonValue | undefined, NonNullable<Reasoning["summary"]>>([
  ["omitted", "none"],
  ["summarized", "auto"],
]);

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
function decodeThinkingConfig(wire: JsonObject): DecodedThinking {
  const mode = MODES.get(wire["type"]);
  if (mode === undefined) {
    const rest = unknownFields(wire, new Set());
    return rest === undefined ? { reasoning: {} } : { reasoning: {}, rest };
  }
  const summary = SUMMARIES.get(wire["display"]);
  const known = ["type", "budget_tokens", ...(summary === undefined ? [] : ["display"])];
  return compact({
    reasoning: compact({ mode, budgetTokens: numberOf(wire["budget_tokens"]), summary }),
    rest: unknownFields(wire, new Set(known)),
  });
}

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
function decodeFormat(value: JsonValue | undefined): OutputFormat | undefined {
  const format = objectOf(value);
  const schema = objectOf(format?.["schema"]);
  if (format === undefined || schema === undefined || stringOf(format["type"]) !== "json_schema") return undefined;
  return unknownFields(format, new Set(["type", "schema"])) === undefined ? { type: "json-schema", schema } : undefined;
}
