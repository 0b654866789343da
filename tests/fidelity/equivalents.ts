import type { Verdict } from "./judge.ts";
import { type Probe, SENTINEL } from "./probes.ts";

interface Rule {
  /** The end of the path, with its alternatives in angle brackets. */
  readonly path: RegExp;
  readonly values?: readonly Probe["sentinel"][];
  readonly why: string;
}

/** What leaves no trace in another dialect's request, and is not lost all the same. */
const RULES: readonly Rule[] = [
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
    path: /^(<(message|function_call|custom_tool_call|reasoning)>)?\.id$/,
    why: "an id that only its own vendor's storage knows",
  },
  { path: /<(enabled|adaptive)>\.display$/, values: ["omitted"], why: "what the others do unless asked for a summary" },
  { path: /\.max_completion_tokens$/, why: "an endpoint's quirk names the field" },
  { path: /\.source<text>\.data$/, why: "plain text is inline data of type text/plain, in base64" },
];

/** What is wrong with a verdict, or undefined where nothing is. */
export function complaint(probe: Probe, verdict: Verdict): string | undefined {
  const said = `${probe.path} = ${JSON.stringify(probe.sentinel)}`;
  const isFine =
    verdict === "carried" || verdict === "reported" || (verdict === "equivalent" && probe.sentinel !== SENTINEL);
  const rule = RULES.find(
    ({ path, values }) => path.test(probe.path) && (values === undefined || values.includes(probe.sentinel)),
  );
  return isFine || rule !== undefined ? undefined : `${verdict}: ${said}`;
}
