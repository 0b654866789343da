import type { Message, Part } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { prepareCompression } from "./compress-conversation.ts";
import { createEras } from "./eras.ts";
import { compressAt } from "./testing/compress.ts";
import { requestOf, resultTexts } from "./testing/conversations.ts";

const text = (content: string): Part => ({ type: "text", text: content });
const user = (content: string): Message => ({ role: "user", content: [text(content)] });
const call = (id: string, name = "read_file"): Message => ({
  role: "assistant",
  content: [{ type: "tool-call", id, name, arguments: "{}" }],
});
const result = (id: string, content: string, more: object = {}): Message => ({
  role: "tool",
  content: [{ type: "tool-result", callId: id, content: [text(content)], ...more }],
});
const conversation = (...texts: readonly string[]) =>
  requestOf([
    user("What does the ledger do when the power fails?"),
    ...texts.flatMap((given, at) => [call(`c${at}`), result(`c${at}`, given)]),
  ]);
const sent = (level: number, ...texts: readonly string[]) =>
  resultTexts(compressAt(conversation(...texts), level).request);

const lines = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `const value${at + from} = compute("${at + from}", options);`).join("\n");

const FILLER = "The little harbour town looks out over a quiet sea where boats come home in the evening light.";
const page = (...said: readonly string[]) =>
  Array.from({ length: 30 }, (_, at) =>
    [`${FILLER.slice(0, -1)} as story ${"abcdefghijklmnopqrstuvwxyzäöüß"[at]} tells it.`, said[at] ?? ""].join(" "),
  ).join(" ");

describe("without loss", () => {
  test("a file that is read again is a line that says where it stands", () => {
    expect(sent(0, lines(60), lines(60))[1]).toBe(
      "[This is the same, word for word, as the result of read_file (c0) above.]",
    );
  });

  test("a part of it is, too, with its lines and how it begins", () => {
    const [, second] = sent(0, lines(60), `# the middle\n${lines(40, 10)}\n# the end`);
    expect(second).toBe(
      '# the middle\n[Lines 11-50 of the result of read_file (c0) above stand here again, from "const value10 = compute("10", options);" on.]\n# the end',
    );
  });

  test("seven lines are no block", () => {
    const again = `${lines(7)}\n${lines(40, 100)}`;
    expect(sent(0, lines(60), again)[1]).toBe(again);
  });

  test("indented JSON loses its white space, a table its names", () => {
    const rows = Array.from({ length: 40 }, (_, id) => ({ id, name: `n${id}`, tags: [id] }));
    const flat = rows.map(({ id, name }) => ({ id, name }));
    expect(sent(0, JSON.stringify(rows, null, 2))).toEqual([JSON.stringify(rows)]);
    expect(sent(0, JSON.stringify(flat, null, 2))[0]).toMatch(/^\[40\]\{id,name\}:\n {2}0,n0\n/);
  });

  test("terminals' colours and empty lines go, and nothing of a file's own white space does", () => {
    const output = Array.from({ length: 80 }, (_, at) => `\u001b[32mok\u001b[0m test ${at} of the suite   \n\n\n`).join(
      "\n",
    );
    expect(sent(0, output)[0]).toMatch(/^ok test 0 of the suite\n\nok test 1 of the suite\n\n/);
    const source = lines(60).replaceAll(";\n", ";   \n\n\n");
    expect(sent(0, source)).toEqual([source]);
  });

  test("where a server forgets the beginning of conversations nothing is pointed to", () => {
    const request = {
      ...conversation(lines(60), lines(60)),
      extensions: { "openai-responses": { truncation: "auto" } },
    };
    expect(resultTexts(compressAt(request, 0).request)[1]).toBe(lines(60));
  });
});

describe("extractive", () => {
  test("keeps what the question is about, and what is exact; leaves the rest out", () => {
    const given = page("When the power fails the ledger reads its spool again.", "Boats never leave before 6.");
    const [kept = ""] = sent(0.7, given);
    expect(kept).toContain("When the power fails the ledger reads its spool again.");
    expect(kept).toContain("Boats never leave before 6.");
    expect(kept).toContain("[…]");
    expect(kept.length).toBeLessThan(given.length * 0.6);
  });

  test("the more eager, the shorter", () => {
    const sizes = [0.2, 0.5, 0.79, 1].map((level) => sent(level, page())[0]?.length ?? 0);
    expect(sizes).toEqual([...sizes].sort((one, other) => other - one));
    expect(new Set(sizes).size).toBe(4);
  });

  test("what failed is not shortened: its words are what the model needs", () => {
    const request = requestOf([user("Why?"), call("c0"), result("c0", page(), { isError: true })]);
    expect(compressAt(request, 1).savedTokens).toBe(0);
  });

  test("a page that is read again is sent whole, because something was left out of it; then it is pointed to", () => {
    const [first = "", second, third] = sent(0.5, page(), page(), page());
    expect(first.length).toBeLessThan(page().length);
    expect(second).toBe(page());
    expect(third).toBe("[This is the same, word for word, as the result of read_file (c1) above.]");
  });

  test("logs keep the first two, the last, and all that differ; the rest are counted", () => {
    const log = Array.from({ length: 40 }, (_, at) =>
      at === 20
        ? `2026-03-04T10:20:00Z ERROR disk is full`
        : `2026-03-04T10:${10 + at}:00Z INFO all is well with the billing service`,
    );
    expect(sent(0.5, log.join("\n"))[0]?.split("\n")).toEqual([
      log[0],
      log[1],
      "[… 18 more lines like those above]",
      log[20],
      "[… 18 more lines like those above]",
      log[39],
    ]);
  });

  test("an engine that fails leaves the texts as they are", () => {
    const request = conversation(page());
    const { jobs, finish } = prepareCompression(request, { eras: [{ from: 0, aggressiveness: 1 }] });
    expect(jobs.length).toBe(1);
    expect(finish([undefined]).request).toBe(request);
  });
});

describe("what an author wishes", () => {
  const wish = { aggressiveness: 0.9 };
  const wished = (role: Message["role"], content: string): Message => ({
    role,
    content: [{ type: "text", text: content, compression: wish }],
  });

  test("is done to the message, also the last of the user and the instructions, and told upstream by nothing", () => {
    const request = requestOf([wished("user", page())], {
      instructions: [{ type: "text", text: page("Be brief."), compression: wish }],
    });
    const { request: made, savedTokens, warnings } = compressAt({ ...request }, 0);
    expect(JSON.stringify(made)).not.toContain("compression");
    expect(savedTokens).toBeGreaterThan(300);
    expect(warnings).toEqual([]);
  });

  test("is done to messages that follow one another as to one text, and the floor holds for all of them", () => {
    const half = page().slice(0, 800);
    const alone = compressAt(requestOf([wished("user", half), user("And?")]), 0);
    expect(alone.warnings).toEqual([expect.stringContaining("fewer than 250")]);
    expect(alone.savedTokens).toBe(0);
    const both = compressAt(
      requestOf([wished("user", half), wished("user", page().slice(800, 2000)), user("And?")]),
      0,
    );
    expect(both.warnings).toEqual([]);
    expect(both.savedTokens).toBeGreaterThan(50);
  });

  test.each([
    ["code", lines(60)],
    [
      "JSON",
      JSON.stringify(
        Array.from({ length: 90 }, (_, at) => ({ at })),
        null,
        2,
      ),
    ],
    ["a diff", `--- a/x\n+++ b/x\n@@ -1,3 +1,60 @@\n${lines(60)}`],
  ])("is not done to %s, and a warning says so", (_, given) => {
    const { request, warnings } = compressAt(requestOf([wished("user", given)]), 1);
    expect(request.messages).toEqual([user(given)]);
    expect(warnings).toEqual([expect.stringMatching(/^Message 1 \(user\) was not compressed/)]);
  });
});

describe("the eras of a conversation", () => {
  const turn = { conversation: "a", aggressiveness: 0.5, sent: 0, now: 0 };

  test("one that was sent plain an hour ago goes on plain as far as it was", () => {
    const eras = createEras();
    const first = eras.of({ ...turn, sent: 4, changedAt: 0, now: 10 });
    expect(first).toEqual({ eras: [{ from: 0 }, { from: 4, aggressiveness: 0.5 }], isKnown: true });
    expect(eras.of({ ...turn, sent: 8, changedAt: 0, now: 7_200_000 })).toEqual(first);
    expect(eras.of({ ...turn, conversation: "b", sent: 4, changedAt: 0, now: 3_600_001 })).toEqual({
      eras: [{ from: 0, aggressiveness: 0.5 }],
      isKnown: false,
    });
  });

  test("another level is for what follows", () => {
    const eras = createEras();
    eras.of(turn);
    expect(eras.of({ ...turn, aggressiveness: 0.9, sent: 6 }).eras).toEqual([
      { from: 0, aggressiveness: 0.5 },
      { from: 6, aggressiveness: 0.9 },
    ]);
  });

  test("where several processes serve it, all treat it alike", () => {
    const eras = createEras({ remembers: false });
    eras.of(turn);
    expect(eras.of({ ...turn, aggressiveness: 0.9, sent: 6, changedAt: 0 }).eras).toEqual([
      { from: 0, aggressiveness: 0.9 },
    ]);
  });

  test("no more conversations are remembered than the limit", () => {
    const eras = createEras({ limit: 3 });
    for (let at = 0; at < 10; at += 1) eras.of({ ...turn, conversation: `${at}` });
    expect(eras.size()).toBe(3);
  });
});
