import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";
import fc from "fast-check";

const WORDS =
  `ledger settles every request once and writes its row before the answer ends so that whoever reads it finds what was used
  the gateway keeps a copy of what went through while clients stream their words slowly over long roads between towns and quiet rivers
  people often walk along the water when evening comes because light falls softly on old stones and nobody hurries home`
    .split(/\s+/)
    .filter((word) => word !== "");

const word = fc.constantFrom(...WORDS);

const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;

const sentence = fc.array(word, { minLength: 7, maxLength: 18 }).map((words) => `${capital(words.join(" "))}.`);

/** What no compression below the most eager may leave out. */
export const EXACT = /\d|\bnot\b|https?:|\w+_\w+|[a-z][A-Z]/;

const exactSentence = fc
  .tuple(
    sentence,
    fc.constantFrom("with 42 rows", "but not today", "see https://example.org/a", "in max_tokens", "by loadConfig"),
  )
  .map(([text, exact]) => `${text.slice(0, -1)} ${exact}.`);

export const prose = fc
  .array(fc.oneof({ weight: 5, arbitrary: sentence }, { weight: 1, arbitrary: exactSentence }), {
    minLength: 20,
    maxLength: 60,
  })
  .map((sentences) => sentences.map((text, at) => text + (at % 5 === 4 ? "\n\n" : " ")).join(""));

/** One of a few files, whole or from some line on: agents read the same again and again. */
export const code = fc
  .tuple(fc.nat({ max: 2 }), fc.nat({ max: 30 }), fc.integer({ min: 60, max: 90 }))
  .map(([file, from, to]) =>
    Array.from(
      { length: 90 },
      (_, line) => `  const value${file}_${line} = compute(${file * 1000 + line}, "${WORDS[line % WORDS.length]}");`,
    )
      .slice(from, to)
      .join("\n"),
  );

const rows = fc.tuple(fc.integer({ min: 5, max: 60 }), fc.nat({ max: 9 })).map(([count, seed]) =>
  Array.from({ length: count }, (_, at) => ({
    id: at + seed,
    name: `${WORDS[(at * 7 + seed) % WORDS.length]}, ${at}`,
    ok: at % 3 === 0,
    note: at % 4 === 0 ? null : `a "quoted" word: ${at}`,
  })),
);

export const table = fc
  .tuple(rows, fc.boolean())
  .map(([list, isWrapped]) => JSON.stringify(isWrapped ? { total: list.length, rows: list } : list, null, 2));

export const nested = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) =>
    JSON.stringify({ value, big: "x".repeat(900), list: Array.from({ length: 80 }, (_, at) => [at, { at }]) }, null, 4),
  );

export const log = fc.integer({ min: 30, max: 90 }).map((count) =>
  Array.from({ length: count }, (_, at) => {
    const time = `2026-03-04T10:${String(at % 60).padStart(2, "0")}:00Z`;
    return at % 9 === 0
      ? `${time} ERROR could not reach shard ${at}`
      : `${time} INFO health check of the billing service passed`;
  }).join("\n"),
);

export const diff = fc
  .array(sentence, { minLength: 20, maxLength: 40 })
  .map(
    (lines) =>
      `diff --git a/x.md b/x.md\n--- a/x.md\n+++ b/x.md\n@@ -1,${lines.length} +1,${lines.length} @@\n${lines.map((line) => `+${line}   `).join("\n")}`,
  );

export const fenced = fc
  .tuple(prose, code, prose)
  .map(([before, inside, after]) => `${before}\n\`\`\`ts\n${inside}   \n\n\n\n\`\`\`\n${after}`);

export const results = fc.oneof(prose, code, table, nested, log, diff, fenced);

type Step = readonly Message[];

const text = (content: string): Part => ({ type: "text", text: content });

const toolStep = fc.tuple(fc.array(results, { minLength: 1, maxLength: 3 }), fc.nat()).map(
  ([given, id]): Step => [
    {
      role: "assistant",
      content: given.map((_, at) => ({
        type: "tool-call",
        id: `call_${id}_${at}`,
        name: "read_file",
        arguments: `{ "path": "f${at}" }`,
      })),
    },
    {
      role: "tool",
      content: given.map((result, at) => ({
        type: "tool-result",
        callId: `call_${id}_${at}`,
        content: [text(result)],
      })),
    },
  ],
);

const userStep = fc
  .tuple(fc.option(prose, { nil: undefined }), sentence)
  .map(
    ([document, question]): Step => [
      { role: "assistant", content: [text("Done. What is next?")] },
      ...(document === undefined ? [] : [{ role: "user" as const, content: [text(document)] }]),
      { role: "user", content: [text(question)] },
    ],
  );

export const conversations = fc
  .tuple(
    sentence,
    fc.array(fc.oneof({ weight: 3, arbitrary: toolStep }, { weight: 1, arbitrary: userStep }), {
      minLength: 1,
      maxLength: 7,
    }),
  )
  .map(([question, steps]) => requestOf([{ role: "user", content: [text(question)] }, ...steps.flat()]));

export function requestOf(messages: readonly Message[], more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return {
    model: "m",
    stream: false,
    instructions: [{ type: "text", text: `You are careful. ${WORDS.join(" ").repeat(9)}` }],
    messages,
    tools: [],
    sampling: {},
    ...more,
  };
}

/** The texts of tool results, in their order. */
export const resultTexts = ({ messages }: CanonicalRequest): readonly string[] =>
  messages.flatMap(({ content }) =>
    content.flatMap((part) =>
      part.type === "tool-result" ? part.content.flatMap((inner) => (inner.type === "text" ? [inner.text] : [])) : [],
    ),
  );
