import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { type Answered, editAnswer, type Members } from "./edit-answer.ts";

interface Written {
  readonly response: ServerResponse;
  readonly sent: () => Promise<void>;
  readonly text: () => string;
  readonly kept: Answered[];
  readonly headers: () => unknown;
  /** Says whether it was kept, and so lets the answer go on. */
  readonly decide: (isKept: boolean) => void;
}

/** A response whose writes are looked at in the place of a socket. */
function edited(members: Members): Written {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const chunks: string[] = [];
  let head: unknown;
  response.write = (chunk: unknown) => chunks.push(Buffer.from(String(chunk)).toString()) > 0;
  response.end = (chunk?: unknown) => {
    chunks.push(chunk === undefined ? "<end>" : `${chunk}<end>`);
    return response;
  };
  response.writeHead = (_status: number, headers?: unknown) => {
    head = headers;
    return response;
  };
  const kept: Answered[] = [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const sent = editAnswer(response, {
    members: (isKept) => ({ ...members, store: String(isKept) }),
    keep: (answered) => {
      kept.push(answered);
      return promise;
    },
  });
  return { response, sent, text: () => chunks.join(""), kept, headers: () => head, decide: resolve };
}

const SSE = { "content-type": "text/event-stream; charset=utf-8" };
const event = (type: string, response: string) => `event: ${type}\ndata: {"type":"${type}","response":${response}}\n\n`;
const DELTA =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\\"response\\":"}\n\n';
const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe("a stream", () => {
  test("goes on as it is up to its last event, which waits until it is kept", async () => {
    const { response, text, kept, decide, sent } = edited({ id: '"mine"' });
    response.writeHead(200, SSE);
    response.write(event("response.created", '{"id":"its","store":true,"n":9007199254740993}'));
    response.write(DELTA);
    const begun = event("response.created", '{"id":"mine","store":true,"n":9007199254740993}') + DELTA;
    expect(text()).toBe(begun);
    response.write(event("response.completed", '{"id":"its","store":false,"output":[]}'));
    response.end();
    await Promise.resolve();
    expect(text()).toBe(begun);
    expect(textOf(kept[0]?.response)).toBe('{"id":"mine","store":true,"output":[]}');
    expect(textOf(kept[0]?.original)).toBe('{"id":"its","store":false,"output":[]}');
    decide(true);
    await sent();
    expect(text()).toBe(`${begun}${event("response.completed", '{"id":"mine","store":true,"output":[]}')}<end>`);
  });

  test("says so when it could not be kept", async () => {
    const { response, text, decide, sent } = edited({});
    response.writeHead(200, SSE);
    response.write(event("response.incomplete", '{"store":true}'));
    response.write(": a comment\n\n");
    response.end();
    decide(false);
    await sent();
    expect(text()).toBe(`${event("response.incomplete", '{"store":false}')}: a comment\n\n<end>`);
  });

  test("that says nothing of itself is left byte for byte, and what cannot be read too", async () => {
    const { response, text, decide, sent } = edited({});
    response.writeHead(200, SSE);
    const bytes = `${event("response.created", '{"id":"a"}')}data: {"response":{"a":1,"a":2}}\r\n\r\n`;
    response.write(bytes);
    decide(true);
    await sent();
    expect(text()).toBe(bytes);
  });
});

describe("a whole answer", () => {
  test("is sent once it is kept, with its own length", async () => {
    const { response, text, kept, headers, decide, sent } = edited({ previous_response_id: '"p"' });
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": 2, "x-a": "b" });
    response.end('{"store":false,"previous_response_id":null}');
    expect(text()).toBe("");
    decide(true);
    await sent();
    const shown = '{"store":true,"previous_response_id":"p"}';
    expect(text()).toBe(`${shown}<end>`);
    expect(headers()).toMatchObject({ "content-length": shown.length, "x-a": "b" });
    expect(kept).toHaveLength(1);
  });

  test("that is a failure goes by unseen", async () => {
    const { response, text, kept, sent } = edited({ id: '"mine"' });
    response.writeHead(400, { "content-type": "application/json" });
    response.end('{"error":{}}');
    await sent();
    expect(text()).toBe('{"error":{}}<end>');
    expect(kept).toEqual([]);
  });
});
