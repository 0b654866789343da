import type { Column } from "./outcome.ts";

/** A failure whose cause is understood and accepted. docs/fidelity.md says more of each. */
export interface KnownFailure {
  readonly name: string;
  readonly columns?: readonly Column[];
  readonly matches: RegExp;
}

export const KNOWN_FAILURES: readonly KnownFailure[] = [
  { name: "legacy-functions", columns: ["request"], matches: /^\$\.(function_call|functions): / },
  {
    name: "unknown-server-thinking",
    columns: ["request"],
    matches: /^\$\.messages\[\]\.reasoning_content: .* became nothing/,
  },
  {
    name: "effort-as-thinking",
    columns: ["request"],
    matches: /^\$\.reasoning_effort: .* became nothing|^\$\.thinking: nothing became \{"type":"enabled"\}/,
  },
  { name: "audio-for-responses", columns: ["crossed request schema"], matches: /^openai-responses: \/input / },
  { name: "another-endpoint", columns: ["decode"], matches: /it has no choices|has no candidates/ },
  {
    name: "error-in-a-success",
    columns: ["decode", "passthrough"],
    matches: /content management policy|exceeded your current quota|status 400 instead of 200/i,
  },
  {
    name: "broken-stream",
    columns: ["decode"],
    matches: /second message in one stream|before the response was complete/,
  },
  { name: "called-by-code", matches: /^whole\.finish: "stop" became "tool-calls"/ },
  { name: "estimated-input", columns: ["to anthropic-messages"], matches: /^whole\.usage\.inputTokens: 0 became 1$/ },
  { name: "vendor-tool-items", columns: ["answer schema"], matches: /^openai-responses answer: \/output\[\]/ },
  { name: "custom-call-in-chunks", columns: ["answer schema"], matches: /^openai-chat event: .*tool_calls\[\]\/type/ },
];

export const UNNAMED = "unnamed";

export function nameOfFailure(column: Column, failure: string): string {
  const known = KNOWN_FAILURES.find(
    ({ columns, matches }) => (columns?.includes(column) ?? true) && matches.test(failure),
  );
  return known?.name ?? UNNAMED;
}
