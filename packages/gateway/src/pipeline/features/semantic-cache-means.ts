import type { CanonicalResponse } from "@signalbox/protocol";
import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import { isYes, saysTheSame, servesQuestion } from "../../features/response-cache/semantic/judge.ts";
import { hashedNgrams, unit } from "../../features/response-cache/semantic/ngrams.ts";
import type { Reading } from "../../features/response-cache/semantic/reading.ts";
import { sameAnswer } from "../../features/response-cache/semantic/same-answer.ts";
import type { Exchange } from "../exchange.ts";
import { sideCalls } from "./side-calls.ts";

/** The client waits for these two. Whatever takes longer is a miss. */
const EMBED_MS = 3_000;
const JUDGE_MS = 10_000;
/** Nobody waits for these. */
const AFTERWARDS_MS = 60_000;

/** The vector of a text: of the configured model, or of its own letters. Rejects where the model gives none. */
export async function vectorOf(exchange: Exchange, reading: Reading, afterwards?: true): Promise<Float32Array> {
  const { embeddings } = exchange.snapshot.cache.semantic;
  if (embeddings === undefined) return hashedNgrams(reading.stems);
  const options = {
    purpose: "embedding" as const,
    timeoutMs: afterwards === true ? AFTERWARDS_MS : EMBED_MS,
    ...(afterwards === undefined ? {} : { afterwards }),
  };
  const [vector] = await sideCalls(exchange, options).embed(embeddings, [reading.text]);
  if (vector === undefined) throw new Error(`${embeddings} gave no vector.`);
  const made = unit(vector);
  if (made.every((value) => value === 0)) throw new Error(`${embeddings} gave a vector of no length.`);
  return made;
}

/** Undefined: no judge is configured. What it resolves to is a clear yes, or not. */
export function judgeOf(exchange: Exchange): ((question: string, answer: string) => Promise<boolean>) | undefined {
  const { judge } = exchange.snapshot.cache.semantic;
  if (judge === undefined) return undefined;
  const calls = sideCalls(exchange, { purpose: "judge", timeoutMs: JUDGE_MS });
  return async (question, answer) => isYes(await calls.ask(judge, servesQuestion(question, answer)));
}

export interface Answers {
  readonly kept: string;
  readonly fresh: string;
}

/** Whether the kept answer would have told the asker the same: the judge's word, or that of the letters. Rejects without an answer. */
export async function toldTheSame(exchange: Exchange, question: string, answers: Answers): Promise<boolean> {
  const { judge } = exchange.snapshot.cache.semantic;
  if (judge === undefined || answers.kept === answers.fresh) return sameAnswer(answers.kept, answers.fresh);
  const calls = sideCalls(exchange, { purpose: "shadow", timeoutMs: AFTERWARDS_MS, afterwards: true });
  return isYes(await calls.ask(judge, saysTheSame(question, answers)));
}

/** Undefined: it does not consist of text alone. */
export function textOf({ response }: KeptAnswer): string | undefined {
  return partsText(response);
}

function partsText({ parts }: CanonicalResponse): string | undefined {
  const texts: string[] = [];
  for (const part of parts) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type !== "reasoning") return undefined;
  }
  return texts.join("");
}
