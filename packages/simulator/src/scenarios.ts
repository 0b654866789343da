/**
 * What comes back is decided by the request alone. In the last user message (the last block of it that holds a
 * directive; tool results are not looked at):
 *
 *   [[text N]]            N words, a few words an event
 *   [[stream N]]          N words in exactly N text events
 *   [[say TEXT]]          TEXT
 *   [[endless]]           text without end, until the client goes away (not streamed: 1,000 words)
 *   [[think TEXT]]        reasoning, with the dialect's signature or encrypted content
 *   [[redacted]]          reasoning of which only the opaque value is shown, where the dialect has it
 *   [[tool NAME {json}]]  a call of NAME with these arguments, byte for byte; several are parallel calls
 *   [[cite URL]]          a sentence with a citation of URL
 *   [[search QUERY]]      a search of the vendor's own, where the request lets the model search; the sentences after it in the
 *                         same step stand on the pages that it found, one each
 *   [[json]]              the smallest JSON that fits the requested schema
 *   [[image]]             an image, where the dialect has image output
 *   [[refuse]]            a refusal
 *   [[length]]            the reply ends because its token limit is reached
 *   [[cache R W]]         R tokens read from the prompt cache and W written to it
 *   [[fault …]]           see faults.ts
 *   [[repeat N]]          a continuation says the last N characters again, as models do
 *   [[then]]              ends a step
 *
 * Directives of one step are played in order. Steps are played one a turn: the step is the number of assistant turns
 * with tool calls since the message with the directive. When the steps are used up and tool results stand last, the
 * reply is `Tool said: …`; without any directive it is a friendly echo. Both name the images and documents that
 * arrived (`[saw image/png 68 bytes]`), and both are the smallest fitting JSON where structured output is asked for.
 *
 * A conversation whose last message is the assistant's is gone on with: when its text is the beginning of what would be
 * said, only the rest is. OpenAI's own models do not do that, so there it takes a mark (`prefix`, `partial` or
 * `continue_final_message`).
 */
import { type Directive, parseDirectives } from "./directives.ts";
import type { RequestView, ToolResult, Turn } from "./request-view.ts";

export interface Scenario {
  /** What this turn plays; undefined when the steps are used up or there never was a directive. */
  readonly step: readonly Directive[] | undefined;
  readonly lastText: string;
  readonly results: readonly ToolResult[];
  readonly media: readonly string[];
}

export function chooseScenario(view: RequestView): Scenario {
  const tail = readTail(view.turns);
  const directives = lastDirectives(tail.texts);
  const step = directives.length === 0 ? undefined : splitSteps(directives)[tail.callTurns];
  const media = [...tail.media, ...tail.results.flatMap((result) => result.media)];
  return { step, lastText: tail.texts.at(-1) ?? "", results: tail.results, media };
}

interface Tail {
  readonly texts: readonly string[];
  readonly media: readonly string[];
  readonly results: readonly ToolResult[];
  readonly callTurns: number;
}

/** The exchange that the reply belongs to: the last user message and what happened since. */
function readTail(turns: readonly Turn[]): Tail {
  const results: ToolResult[] = [];
  const riderMedia: string[] = [];
  let callTurns = 0;
  let at = turns.length - 1;
  for (; at >= 0; at--) {
    const turn = turns[at];
    if (turn?.role === "tool" && callTurns === 0) results.unshift(...turn.results);
    if (turn?.role === "assistant" && turn.calls > 0) callTurns += 1;
    if (turn?.role !== "user") continue;
    if (!isRider(turns, at)) break;
    if (callTurns === 0) riderMedia.push(...turn.media);
  }
  const run = userRun(turns, at);
  return {
    texts: run.flatMap((turn) => turn.texts),
    media: callTurns === 0 ? [...run.flatMap((turn) => turn.media), ...riderMedia] : riderMedia,
    results,
    callTurns,
  };
}

/** Text that a client adds behind tool results (reminders) belongs to them, unless it holds a directive. */
function isRider(turns: readonly Turn[], at: number): boolean {
  const run = userRun(turns, at);
  const before = turns[at - run.length];
  return before?.role === "tool" && lastDirectives(run.flatMap((turn) => turn.texts)).length === 0;
}

function userRun(turns: readonly Turn[], last: number): readonly (Turn & { role: "user" })[] {
  const run: (Turn & { role: "user" })[] = [];
  for (let at = last; at >= 0; at--) {
    const turn = turns[at];
    if (turn?.role !== "user") break;
    run.unshift(turn);
  }
  return run;
}

function lastDirectives(texts: readonly string[]): readonly Directive[] {
  for (let at = texts.length - 1; at >= 0; at--) {
    const text = texts[at] ?? "";
    const found = text.includes("[[") ? parseDirectives(text) : [];
    if (found.length > 0) return found;
  }
  return [];
}

function splitSteps(directives: readonly Directive[]): readonly (readonly Directive[])[] {
  const steps: Directive[][] = [[]];
  for (const directive of directives) {
    if (directive.type === "then") steps.push([]);
    else steps.at(-1)?.push(directive);
  }
  return steps;
}
