import { invalid } from "../dialects/openai-chat/errors.ts";
import { parseDirectives } from "../directives.ts";
import type { Failure } from "../exchange.ts";
import type { ReplyUsage } from "../journal.ts";
import { type Fields, fieldsOf, isAbsent, listOf, numberOf, textOf } from "../json.ts";
import { tokens } from "../reply.ts";
import { splitText, streamPieces } from "../words.ts";
import { jsonReply, type Service, type ServiceReply } from "./service.ts";

const TEXTS = ["model", "user"] as const;
const NUMBERS = [
  "best_of",
  "frequency_penalty",
  "logprobs",
  "max_tokens",
  "n",
  "presence_penalty",
  "seed",
  "temperature",
  "top_p",
] as const;
const SWITCHES = ["echo", "stream"] as const;
const OTHERS = ["logit_bias", "prompt", "stop", "stream_options", "suffix"] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, ...NUMBERS, ...SWITCHES, ...OTHERS]);

/** https://developers.openai.com/api/reference/resources/completions/methods/create */
export const completions: Service = {
  errors: "openai-chat",
  match: ({ method, path }) =>
    method === "POST" && path.endsWith("/completions") && !path.endsWith("/chat/completions") ? {} : undefined,
  answer({ exchange: { body, baseModel } }) {
    const prompts = promptsOf(body["prompt"]);
    const refused = refuse(body) ?? (isRefused(prompts) ? prompts : undefined);
    if (refused !== undefined || isRefused(prompts)) return refused ?? invalid("Invalid prompt.", "prompt");
    const times = numberOf(body["n"]) ?? 1;
    const choices = prompts.flatMap((prompt) => Array.from({ length: times }, () => choiceOf(prompt, body)));
    return replyOf({ body, model: baseModel, choices, prompts });
  },
};

interface Prompt {
  readonly text: string;
  readonly tokens: number;
}

interface Choice {
  readonly text: string;
  readonly finish: "stop" | "length";
  readonly tokens: number;
}

const isRefused = (prompts: readonly Prompt[] | Failure): prompts is Failure => !Array.isArray(prompts);

function promptsOf(prompt: unknown): readonly Prompt[] | Failure {
  if (isAbsent(prompt)) return [{ text: "", tokens: 1 }];
  if (typeof prompt === "string") return [{ text: prompt, tokens: tokens(prompt.length) }];
  const items = listOf(prompt);
  if (items.length === 0) return invalid("'$.prompt' is invalid. Please check the API reference.", "prompt");
  if (items.every(Number.isInteger)) return [ofTokens(items.length)];
  if (items.every((item) => typeof item === "string")) return items.flatMap((item) => promptOf(String(item)));
  if (items.every((item) => listOf(item).length > 0 && listOf(item).every(Number.isInteger)))
    return items.map((item) => ofTokens(listOf(item).length));
  return invalid("'$.prompt' is invalid. Please check the API reference.", "prompt");
}

const promptOf = (text: string): readonly Prompt[] => [{ text, tokens: tokens(text.length) }];
const ofTokens = (count: number): Prompt => ({ text: `${count} tokens`, tokens: count });

function refuse(body: Fields): Failure | undefined {
  const other = Object.keys(body).find((field) => !FIELDS.has(field));
  if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other}`);
  if (textOf(body["model"]) === undefined) return invalid("you must provide a model parameter");
  const wrong =
    TEXTS.find((field) => !isAbsent(body[field]) && typeof body[field] !== "string") ??
    NUMBERS.find((field) => !isAbsent(body[field]) && typeof body[field] !== "number") ??
    SWITCHES.find((field) => !isAbsent(body[field]) && typeof body[field] !== "boolean");
  if (wrong !== undefined) return invalid(`Invalid type for '${wrong}'.`, wrong);
  if ((numberOf(body["logprobs"]) ?? 0) > 5)
    return invalid("Invalid value for 'logprobs': must be at most 5.", "logprobs");
  if ((numberOf(body["best_of"]) ?? Number.POSITIVE_INFINITY) < (numberOf(body["n"]) ?? 1))
    return invalid("You requested that the server return more choices than it will generate.", "best_of");
  if (body["stream"] !== true && !isAbsent(body["stream_options"]))
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  return undefined;
}

function choiceOf({ text }: Prompt, body: Fields): Choice {
  const suffix = textOf(body["suffix"]);
  const said = `${saidOf(text)}${suffix === undefined ? "" : ` (before ${suffix})`}`;
  const most = (numberOf(body["max_tokens"]) ?? 16) * 4;
  const cut = said.slice(0, most);
  const shown = body["echo"] === true ? text + cut : cut;
  return { text: shown, finish: cut === said ? "stop" : "length", tokens: tokens(cut.length) };
}

/** `[[say …]]`, `[[text N]]` and `[[stream N]]`; else something that goes on from the prompt. */
function saidOf(prompt: string): string {
  const said = parseDirectives(prompt).flatMap((directive) => {
    if (directive.type === "say") return [directive.text];
    if (directive.type === "text") return [streamPieces(directive.words).text];
    return directive.type === "stream" ? [streamPieces(directive.events).text] : [];
  });
  return said.length === 0 ? ` and so on, after ${prompt.length} characters.` : said.join("");
}

interface Answered {
  readonly body: Fields;
  readonly model: string;
  readonly choices: readonly Choice[];
  readonly prompts: readonly Prompt[];
}

function replyOf({ body, model, choices, prompts }: Answered): ServiceReply {
  const sum = (counts: readonly { readonly tokens: number }[]) =>
    counts.reduce((total, counted) => total + counted.tokens, 0);
  const usage: ReplyUsage = { input: sum(prompts), output: sum(choices) };
  const told = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  const head = { id: "cmpl-0000", object: "text_completion", created: 1_790_000_000, model };
  if (body["stream"] === true) {
    const withUsage = fieldsOf(body["stream_options"])["include_usage"] === true;
    const contentType = "text/event-stream; charset=utf-8";
    return { contentType, body: events(head, choices, withUsage ? told : undefined), usage };
  }
  const logprobs = logprobsFor(body);
  const whole = choices.map(({ text, finish }, index) => ({
    text,
    index,
    logprobs: logprobs(text),
    finish_reason: finish,
  }));
  return jsonReply({ ...head, choices: whole, usage: told }, usage);
}

function logprobsFor(body: Fields): (text: string) => Fields | null {
  const asked = numberOf(body["logprobs"]);
  if (asked === undefined) return () => null;
  return (text) => ({ tokens: [text], token_logprobs: [-0.1], top_logprobs: [{ [text]: -0.1 }], text_offset: [0] });
}

function* events(head: Fields, choices: readonly Choice[], usage: Fields | undefined): Iterable<string> {
  const event = (value: object) => `data: ${JSON.stringify({ ...head, ...value })}\n\n`;
  const nothing = usage === undefined ? {} : { usage: null };
  for (const [index, { text, finish }] of choices.entries()) {
    const chunk = (piece: string, finish_reason: string | null) =>
      event({ choices: [{ text: piece, index, logprobs: null, finish_reason }], ...nothing });
    for (const piece of splitText(text)) yield chunk(piece, null);
    yield chunk("", finish);
  }
  if (usage !== undefined) yield event({ choices: [], usage });
  yield "data: [DONE]\n\n";
}
