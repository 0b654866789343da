import { type CanonicalRequest, collect, explode, type Part, type StreamEvent } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hideRequest } from "./hide-request.ts";
import { asJsonText } from "./json-text.ts";
import { restoreEvents } from "./restore-events.ts";
import { createVault, moved, type Vault } from "./vault.ts";

const MAIL = "ada@example.org";
const OTHER = "charles@example.org";
const KEY = "sk-proj-Zk3vQ9xT1mB7nL4pW8rS2dF6";

function request(texts: readonly string[], more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return {
    model: "m",
    stream: false,
    instructions: [],
    messages: texts.map((text) => ({ role: "user", content: [{ type: "text", text }] })),
    tools: [],
    sampling: {},
    ...more,
  };
}

function knowing(...values: readonly string[]): Vault {
  const vault = createVault();
  for (const value of values) vault.hide(value);
  return vault;
}

const textsOf = ({ messages }: CanonicalRequest) =>
  messages.flatMap(({ content }) => content.map((part) => ("text" in part ? part.text : "")));

describe("a request", () => {
  test("has one placeholder for one value, numbered as they are met", () => {
    const { request: hidden } = hideRequest(request([`${OTHER} and ${MAIL}`, `${MAIL}, 8.8.4.4`]), createVault());
    expect(textsOf(hidden)).toEqual(["<EMAIL_1> and <EMAIL_2>", "<EMAIL_2>, <IP_1>"]);
  });

  test("that has grown begins with the same words", () => {
    const turns = [`I am ${MAIL}`, `call +49 30 901820`, `or ${OTHER}`, `from ${MAIL} and 8.8.4.4`];
    const whole = textsOf(hideRequest(request(turns), createVault()).request);
    for (let length = 1; length < turns.length; length++) {
      const { request: shorter } = hideRequest(request(turns.slice(0, length)), createVault());
      expect(textsOf(shorter)).toEqual(whole.slice(0, length));
    }
  });

  test("that speaks of placeholders itself gets others", () => {
    const vault = createVault();
    const { request: hidden } = hideRequest(request([`write to ${MAIL}`, "what is <EMAIL_1>?"]), vault);
    expect(textsOf(hidden)).toEqual(["write to <EMAIL_2>", "what is <EMAIL_1>?"]);
    expect(vault.restore("<EMAIL_1> is not <EMAIL_2>").text).toBe(`<EMAIL_1> is not ${MAIL}`);
  });

  test("that is asked again keeps the placeholders that it has", () => {
    const vault = createVault();
    const first = hideRequest(request([`I am ${MAIL}`]), vault).request;
    const again = hideRequest(request([`I am ${MAIL}`, "so <EMAIL_1> it is", OTHER]), vault).request;
    expect(textsOf(again)).toEqual([...textsOf(first), "so <EMAIL_1> it is", "<EMAIL_2>"]);
  });

  test("is changed everywhere but where its vendor has signed it", () => {
    const opaque = {
      origin: { dialect: "anthropic-messages", provider: "p", model: "m" },
      data: "signature",
    } as const;
    const parts: readonly Part[] = [
      { type: "reasoning", form: "full", text: `it is ${MAIL}`, opaque },
      { type: "reasoning", form: "full", text: `it is ${MAIL}` },
      { type: "tool-call", id: "1", name: "mail", arguments: `{"to":"\\n${MAIL}","n": 1.50}` },
      { type: "tool-call", id: "2", name: "shell", input: "text", arguments: `mail ${MAIL}` },
    ];
    const results: readonly Part[] = [
      { type: "tool-result", callId: "1", content: [{ type: "text", text: `sent to ${MAIL}` }] },
      { type: "media", kind: "document", source: { type: "text", text: `Dear ${MAIL}` } },
    ];
    const asked = request([], {
      instructions: [{ type: "text", text: `You serve ${MAIL}`, cache: {} }],
      messages: [
        { role: "assistant", content: parts },
        { role: "tool", content: results },
      ],
    });
    const { request: hidden, unread } = hideRequest(asked, createVault());
    const left = JSON.stringify(hidden).split(MAIL).length - 1;
    expect(left).toBe(1);
    expect(hidden.instructions).toEqual([{ type: "text", text: "You serve <EMAIL_1>", cache: {} }]);
    expect(hidden.messages[0]?.content[0]).toEqual(parts[0]);
    expect(hidden.messages[0]?.content[2]).toMatchObject({ arguments: '{"to":"\\n<EMAIL_1>","n": 1.50}' });
    expect(hidden.messages[0]?.content[3]).toMatchObject({ arguments: "mail <EMAIL_1>" });
    expect(unread).toBe(false);
  });

  test("says that something in it could not be read", () => {
    const picture: Part = { type: "media", kind: "image", source: { type: "base64", data: "AAAA" } };
    const asked = request([], { messages: [{ role: "user", content: [picture] }] });
    expect(hideRequest(asked, createVault())).toMatchObject({ unread: true, request: asked });
  });
});

test("counts are of different values", () => {
  expect(knowing(MAIL, MAIL, OTHER, "8.8.4.4").counts()).toEqual({ email: 2, ip: 1 });
});

test("offsets move with what stands before them", () => {
  const vault = knowing(MAIL);
  const text = "a <EMAIL_1> b <EMAIL_1> c";
  const { text: restored, edits } = vault.restore(text);
  for (const word of ["a ", " b", " c"]) {
    expect(moved(text.indexOf(word), edits)).toBe(restored.indexOf(word));
  }
  expect(moved(text.length, edits)).toBe(restored.length);
});

describe("an answer", () => {
  const vault = knowing(MAIL, OTHER, KEY);

  /** The events of the parts, with their texts cut at these lengths. */
  function cut(parts: readonly Part[], lengths: readonly number[]): readonly StreamEvent[] {
    let turn = 0;
    const events = explode({ parts, finishReason: { unified: "stop" } });
    return [...events].flatMap((event): readonly StreamEvent[] => {
      if (event.type !== "part-delta" || !("text" in event.delta)) return [event];
      const { index, delta } = event;
      const pieces: StreamEvent[] = [];
      for (let at = 0; at < delta.text.length; ) {
        const length = Math.max(1, lengths[turn++ % lengths.length] ?? 1);
        pieces.push({ type: "part-delta", index, delta: { ...delta, text: delta.text.slice(at, at + length) } });
        at += length;
      }
      return pieces;
    });
  }
  const restored = (events: readonly StreamEvent[]) => {
    const restorer = restoreEvents(vault);
    return collect(events.flatMap((event) => restorer.push([event]))).parts;
  };

  const parts: readonly Part[] = [
    { type: "reasoning", form: "full", text: "They are <EMAIL_1> and <EMAIL_2>." },
    { type: "text", text: "Hello <EMAIL_1>! a < b, <EMAIL_9>, <EMAIL_1, <EMAIL_2><EMAIL_1> and <SECRET_1>" },
    { type: "refusal", text: "not <EMAIL_2>" },
    { type: "tool-call", id: "1", name: "mail", arguments: '{"to":"<EMAIL_1>","key":"<SECRET_1>"}' },
    { type: "tool-call", id: "2", name: "shell", input: "text", arguments: "echo <EMAIL_2> <" },
  ];
  const whole: readonly Part[] = [
    { type: "reasoning", form: "full", text: `They are ${MAIL} and ${OTHER}.` },
    { type: "text", text: `Hello ${MAIL}! a < b, <EMAIL_9>, <EMAIL_1, ${OTHER}${MAIL} and ${KEY}` },
    { type: "refusal", text: `not ${OTHER}` },
    { type: "tool-call", id: "1", name: "mail", arguments: `{"to":"${MAIL}","key":"${KEY}"}` },
    { type: "tool-call", id: "2", name: "shell", input: "text", arguments: `echo ${OTHER} <` },
  ];

  test("is whole again, wherever its chunks end", () => {
    expect(restored(cut(parts, [10_000]))).toEqual(whole);
    for (let length = 1; length < 40; length++) expect(restored(cut(parts, [length]))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        expect(restored(cut(parts, lengths))).toEqual(whole);
      }),
    );
  });

  test("is held back for no longer than a placeholder may be beginning", () => {
    const restorer = restoreEvents(vault);
    restorer.push([{ type: "part-start", index: 0, part: { type: "text", text: "" } }]);
    const say = (text: string) =>
      restorer
        .push([{ type: "part-delta", index: 0, delta: { type: "text", text } }])
        .flatMap((event) => (event.type === "part-delta" && event.delta.type === "text" ? event.delta.text : []))
        .join("");
    expect(["a <", "b", " <EM", "A", "IL_1", "> <EMAIL_", "7>", "<<EMAIL_2"].map(say)).toEqual([
      "a ",
      "<b",
      " ",
      "",
      "",
      `${MAIL} `,
      "<EMAIL_7>",
      "<",
    ]);
    expect(restorer.push([{ type: "part-end", index: 0 }])).toEqual([
      { type: "part-delta", index: 0, delta: { type: "text", text: "<EMAIL_2" } },
      { type: "part-end", index: 0 },
    ]);
  });

  test("has its values written as JSON where they stand in arguments", () => {
    const odd = createVault();
    const block = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
    odd.hide(block);
    const restorer = restoreEvents(odd);
    const events = explode({
      parts: [{ type: "tool-call", id: "1", name: "save", arguments: '{"key":"<SECRET_1>"}' }],
      finishReason: { unified: "tool-calls" },
    });
    const [call] = collect(restorer.push([...events])).parts;
    expect(call).toMatchObject({ arguments: JSON.stringify({ key: block }) });
  });

  test("keeps thinking as its vendor has signed it, though the signature comes last", () => {
    const opaque = { origin: { dialect: "anthropic-messages", provider: "p", model: "m" }, data: "s" } as const;
    const thinking = "So <EMAIL_1> it is.";
    for (let length = 1; length <= thinking.length; length++) {
      const pieces = [thinking.slice(0, length), thinking.slice(length)].filter((piece) => piece !== "");
      const events: readonly StreamEvent[] = [
        { type: "response-start" },
        { type: "part-start", index: 0, part: { type: "reasoning", form: "full", text: "" } },
        ...pieces.map((text): StreamEvent => ({ type: "part-delta", index: 0, delta: { type: "text", text } })),
        { type: "part-delta", index: 0, delta: { type: "opaque", opaque } },
        { type: "part-end", index: 0 },
        { type: "response-end", finishReason: { unified: "stop" } },
      ];
      expect(restored(events)).toEqual([{ type: "reasoning", form: "full", text: thinking, opaque }]);
    }
  });

  test("has its citations where they stood", () => {
    const text = "As <EMAIL_1> says: yes.";
    const says = text.indexOf("says");
    const restorer = restoreEvents(vault);
    const events = restorer.push([
      { type: "response-start" },
      { type: "part-start", index: 0, part: { type: "text", text: "" } },
      { type: "part-delta", index: 0, delta: { type: "text", text } },
      {
        type: "part-delta",
        index: 0,
        delta: { type: "citation", citation: { kind: "url", citedText: "<EMAIL_1>", start: says, end: says + 4 } },
      },
      { type: "part-end", index: 0 },
      { type: "response-end", finishReason: { unified: "stop" } },
    ]);
    const [part] = collect(events).parts;
    if (part?.type !== "text") throw new Error("no text");
    const [citation] = part.citations ?? [];
    expect(part.text.slice(citation?.start, citation?.end)).toBe("says");
    expect(citation?.citedText).toBe(MAIL);
  });

  test("that is begun anew forgets what the first had held back", () => {
    const restorer = restoreEvents(vault);
    const start: StreamEvent = { type: "part-start", index: 0, part: { type: "text", text: "" } };
    const say = (text: string): StreamEvent => ({ type: "part-delta", index: 0, delta: { type: "text", text } });
    restorer.push([start, say("<EMA")]);
    restorer.reset();
    expect(restorer.push([start, say("IL_1>")])).toEqual([start, say("IL_1>")]);
  });
});

describe("values in JSON", () => {
  const hidden = (text: string) => textsOf(hideRequest(request([text]), createVault()).request)[0];

  test("are found behind the letter of an escape, and leave JSON that can be read", () => {
    const text = JSON.stringify({ note: `first\n+1 212 555 0123\t${MAIL}` });
    expect(JSON.parse(hidden(text) ?? "")).toEqual({ note: "first\n<PHONE_1>\t<EMAIL_1>" });
  });

  test("are found in pieces of it, and stand there again as they were", () => {
    const text = `the log says: "a\\n4111 1111 1111 1111\\n${MAIL}", and no more`;
    const vault = createVault();
    const { text: without } = vault.hide(text);
    expect(without).toBe('the log says: "a\\n<CARD_1>\\n<EMAIL_1>", and no more');
    expect(vault.restore(without).text).toBe(text);
  });

  test("are told by the names of their fields, in the arguments of calls as well, and numbers too", () => {
    const text = '{"api_key": "zk3vQ9xT1mB7n", "phone": 2125550123, "n": [4111111111111111, 7]}';
    const call: Part = { type: "tool-call", id: "c", name: "f", arguments: text };
    const { request: both } = hideRequest(
      request([text], { messages: [{ role: "assistant", content: [call, { type: "text", text }] }] }),
      createVault(),
    );
    const expected = { api_key: "<SECRET_1>", phone: "<PHONE_1>", n: ["<CARD_1>", 7] };
    const told = both.messages[0]?.content.map((part) =>
      part.type === "tool-call" ? part.arguments : "text" in part ? part.text : "",
    );
    expect(told?.map((json) => JSON.parse(json))).toEqual([expected, expected]);
  });

  test("leave JSON that holds nothing personal as it was written", () => {
    const text = '{ "a" : "\\u00e9", "b" : [1,  2] }';
    expect(hidden(text)).toBe(text);
  });
});

describe("a placeholder that is written in another way", () => {
  const vault = knowing(MAIL);
  const said = (chunks: readonly string[], part: Part): string => {
    const delta = part.type === "tool-call" ? "arguments" : "text";
    const events: StreamEvent[] = [
      { type: "response-start" },
      { type: "part-start", index: 0, part },
      ...chunks.map((text): StreamEvent => ({ type: "part-delta", index: 0, delta: { type: delta, text } })),
      { type: "part-end", index: 0 },
      { type: "response-end", finishReason: { unified: "stop" } },
    ];
    const [whole] = collect(restoreEvents(vault).push(events)).parts;
    return whole?.type === "tool-call" ? whole.arguments : whole !== undefined && "text" in whole ? whole.text : "";
  };
  const inPieces = (text: string) => [[text], text.split("")];
  const call: Part = { type: "tool-call", id: "c", name: "f", arguments: "" };

  test.each(inPieces('{"to":"\\u003cEMAIL_1\\u003e","also":"\\u003CEMAIL_1\\u003E"}'))(
    "as servers escape it in arguments",
    (...chunks) => {
      expect(said(chunks, call)).toBe(`{"to":"${MAIL}","also":"${MAIL}"}`);
    },
  );

  test.each(inPieces("Dear <email_1>, dear <Email_1>\\"))("in other letters", (...chunks) => {
    expect(said(chunks, { type: "text", text: "" })).toBe(`Dear ${MAIL}, dear ${MAIL}\\`);
  });

  test("stays where the user has written it so", () => {
    const other = createVault();
    const asked = hideRequest(request([`what is \\u003cemail_1\\u003e, ${MAIL}?`]), other).request;
    expect(textsOf(asked)).toEqual(["what is \\u003cemail_1\\u003e, <EMAIL_2>?"]);
  });
});

test("in an answer that is JSON, values are written as JSON is", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
  const vault = knowing(key);
  const text = '{"key":"<SECRET_1>"}';
  const events = [...explode({ parts: [{ type: "text", text }], finishReason: { unified: "stop" } })];
  const [part] = collect(restoreEvents(vault, asJsonText).push(events)).parts;
  expect(part?.type === "text" && JSON.parse(part.text)).toEqual({ key });
});
