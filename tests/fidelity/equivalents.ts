import type { Verdict } from "./judge.ts";
import { type Probe, SENTINEL } from "./probes.ts";

export interface Rule {
  /** The end of the path, with its alternatives in angle brackets. */
  readonly path: RegExp;
  readonly values?: readonly Probe["sentinel"][];
  /** Only where the value was judged so. */
  readonly verdict?: Verdict;
  readonly why: string;
}

/** What leaves no trace in another dialect's request, and is not lost all the same. */
export const REQUEST_RULES: readonly Rule[] = [
  { path: /^\.stream$/, why: "Gemini says it in the path; elsewhere false is what is meant without it" },
  { path: /\.stream_options\.include_usage$/, why: "usage is always asked for, and shown as the client wished" },
  {
    path: /\.(store|background|logprobs|is_error|thought|includeThoughts|enable\w+|responseLogprobs|willContinue|include\w+Invocations)$/,
    values: [false],
    why: "what is off is off without a word",
  },
  { path: /image_url\.detail$/, values: ["auto"], why: "the default everywhere" },
  { path: /<message>\.role$/, values: ["system"], why: "developer is the newer name of the same" },
  { path: /\.(citations\.enabled|disable_parallel_tool_use|strict)$/, values: [false], why: "the default everywhere" },
  { path: /^\.parallel_tool_calls$/, values: [true], why: "the default everywhere" },
  { path: /^\.service_tier$/, values: ["auto", "default"], why: "the default everywhere" },
  { path: /\.include\[\]$/, values: ["reasoning.encrypted_content"], why: "signatures always travel in answers" },
  { path: /format<json_schema>.*\.strict$/, why: "constrained decoding is always strict there" },
  { path: /\.status$/, why: "what the API says of items that it returns; a request needs none" },
  {
    path: /\.(modalities|responseModalities)\[\]$/,
    verdict: "refused",
    why: "where nothing is asked for but what cannot be given, the answer would be another",
  },
  {
    path: /\.responseModalities\[\]$/,
    values: ["TEXT"],
    why: "what others answer with unless they are asked for more",
  },
  { path: /^\.audio\.format$/, why: "the answer is put into that format, as far as it can be" },
  {
    path: /^(<(message|function_call|custom_tool_call|reasoning|image_generation_call|web_search_call)>)?\.id$/,
    why: "an id that only its own vendor's storage knows",
  },
  {
    path: /<(server_tool_use|web_search_tool_result)>\.(id|tool_use_id)$/,
    why: "what holds the two blocks of a search together, which are told as one",
  },
  { path: /<web_search\w*>\.type$/, why: "versions of a search that others have one of" },
  { path: /\.defer_loading$/, values: [false], why: "the default" },
  { path: /<(enabled|adaptive)>\.display$/, values: ["omitted"], why: "what the others do unless asked for a summary" },
  { path: /<output_text>\.logprobs\b/, why: "what the API says of its own text; a request needs none" },
  { path: /\.max_completion_tokens$/, why: "an endpoint's quirk names the field" },
  { path: /\.source<text>\.data$/, why: "plain text is inline data of type text/plain, in base64" },
];

/** The same in another dialect's answer. */
export const ANSWER_RULES: readonly Rule[] = [
  {
    path: /\.(finish_reason|stop_reason|finishReason)$/,
    values: ["tool_calls", "function_call", "tool_use", "stop_sequence", "STOP", "end_turn", "OTHER"],
    why: "an ending like any other where the answer holds no call; the sequence is reported by itself",
  },
  { path: /\.(total_tokens|totalTokenCount|text_tokens|responseTokenCount)$/, why: "the sum of counts that are told" },
  { path: /\.(created|created_at|completed_at|createTime)$/, why: "the Messages API tells no time" },
  {
    path: /\.(encrypted_content|signature|thoughtSignature|data|tool_id|toolset_name)$/,
    verdict: "equivalent",
    why: "travels in an envelope, in base64",
  },
  { path: /^\.service_tier$/, values: ["auto"], why: "what a Responses answer says without a tier" },
  { path: /\.status$/, why: "items of an answer that has ended are complete" },
  { path: /\.modality$/, values: ["TEXT", "IMAGE", "AUDIO"], why: "told where there is a count, which is nought here" },
  { path: /^(<\w+>)?\.(responseId|id)$/, why: "ids have a form of their own in the client's dialect" },
];

/** What is wrong with a verdict, or undefined where nothing is. */
export function complaint(probe: Probe, verdict: Verdict, rules: readonly Rule[]): string | undefined {
  if (verdict === "carried" || verdict === "reported") return undefined;
  if (verdict === "equivalent" && probe.sentinel !== SENTINEL) return undefined;
  return rules.some((rule) => covers(rule, probe, verdict))
    ? undefined
    : `${verdict}: ${probe.path} = ${JSON.stringify(probe.sentinel)}`;
}

function covers({ path, values, verdict }: Rule, probe: Probe, judged: Verdict): boolean {
  const isMeant = values === undefined || values.includes(probe.sentinel);
  return isMeant && (verdict ?? judged) === judged && path.test(probe.path);
}
