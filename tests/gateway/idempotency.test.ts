import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { messageOf, withBody, withHeaders } from "./routing-support.ts";
import {
  type Answer,
  ask,
  type Call,
  DIALECTS,
  KEY,
  PROVIDERS,
  type Rig,
  send,
  startRig,
  TERMINALS,
} from "./support.ts";

const OTHER = "another-key-for-these-tests";
const keys = [
  { name: "tests", key: KEY },
  { name: "other", key: OTHER },
];
const KEY_OF_STORE = secret("5".repeat(64));
const SLOW = "[[say hello]] [[fault latency=400]]";

const once = (call: Call, key = "order-1"): Call => withHeaders(call, { "idempotency-key": key });
const chat = (text = "[[say hello]]") => ask("openai-chat", "chat/m", { text, stream: false });
const replayed = ({ headers }: Answer) => headers["idempotency-replayed"];

/** What depends on this answer alone, and not on when it was sent. */
function essence({ status, headers, text }: Answer) {
  const { date: _date, "x-request-id": _id, "request-id": _requestId, "content-length": _length, ...rest } = headers;
  const { "idempotency-replayed": _replayed, "x-signalbox-original-request-id": _original, ...kept } = rest;
  return { status, headers: kept, text };
}

describe("what no Idempotency-Key can be", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ keys });
  });
  afterAll(() => rig.close());

  test.each([
    ["empty", ""],
    ["256 characters", "k".repeat(256)],
    ["not ASCII", "caf\u00e9"],
    ["a tab", "a\tb"],
  ])("%s is 400, and asks nobody", async (_what, key) => {
    const refused = await send(rig.gateway.url, once(chat(), key));
    expect(refused.status).toBe(400);
    expect(messageOf(refused)).toContain("1 to 255 printable ASCII characters");
    expect(rig.simulator.journal.entries).toEqual([]);
  });

  test("the longest and the strangest that are possible are taken", async () => {
    const keysOfAll = ["k".repeat(255), " !~ {}\"'\\ ", "'; drop table idempotency; --"];
    for (const key of keysOfAll) {
      expect((await send(rig.gateway.url, once(chat(), key))).status).toBe(200);
      expect(replayed(await send(rig.gateway.url, once(chat(), key)))).toBe("true");
    }
  });

  test("counting and explaining happen as often as they are asked", async () => {
    const count = once({
      ...ask("anthropic-messages", "messages/m", { text: "hi", stream: false }),
      path: "/v1/messages/count_tokens",
    });
    for (const _ of [1, 2]) {
      const { status, headers } = await send(rig.gateway.url, count);
      expect({ status, replayed: headers["idempotency-replayed"] }).toEqual({ status: 200, replayed: undefined });
    }
  });
});

describe.each(await testStores())("Idempotency-Key with $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let rig: Rig;
    beforeEach(async () => {
      place = await makePlace();
      rig = await startRig({ keys, store: { ...place.options, encryptionKey: KEY_OF_STORE } });
    });
    afterEach(async () => {
      await rig.close();
      await place.remove();
    });

    const answerOf = (call: Call) => send(rig.gateway.url, call);
    const starts = () => rig.simulator.journal.entries.length;

    test.each(DIALECTS.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream }))))(
      "$dialect, stream: $stream: the second answer is the first, and nobody is asked",
      async ({ dialect, stream }) => {
        const call = once(ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "[[say hello world]]", stream }));
        const first = await answerOf(call);
        expect(first.status).toBe(200);
        expect(replayed(first)).toBeUndefined();
        if (stream) expect(first.text).toContain(TERMINALS[dialect]);
        const second = await answerOf(call);
        expect(replayed(second)).toBe("true");
        expect(second.headers["x-signalbox-original-request-id"]).toBe(first.headers["x-request-id"]);
        expect(second.headers["x-request-id"]).not.toBe(first.headers["x-request-id"]);
        expect(essence(second)).toEqual(essence(first));
        expect(starts()).toBe(1);
        await vi.waitFor(() => expect(rig.log.filter(({ msg }) => msg === "request")).toHaveLength(2));
        expect(rig.log.at(-1)).toMatchObject({ replayOf: first.headers["x-request-id"], attempts: [], status: 200 });
      },
    );

    test("of fifty at once one asks an upstream, and the others are told to come back", async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => answerOf(once(chat(SLOW)))));
      expect(starts()).toBe(1);
      const fresh = answers.filter((answer) => answer.status === 200 && replayed(answer) === undefined);
      expect(fresh).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 200);
      for (const { status, headers } of refused) {
        expect(status).toBe(409);
        expect(headers).toMatchObject({ "retry-after": "1", "x-should-retry": "true" });
      }
      const again = await answerOf(once(chat(SLOW)));
      expect(fresh.map(essence)).toEqual([essence(again)]);
      expect(starts()).toBe(1);
    });

    test("an upstream's failure is an outcome too: it is not asked again", async () => {
      rig.simulator.faults.push("status=500;times=20");
      const first = await answerOf(once(chat()));
      const asked = starts();
      expect(first.status).toBe(500);
      const second = await answerOf(once(chat()));
      expect(second.headers).toMatchObject({ "idempotency-replayed": "true", "x-should-retry": "false" });
      expect({ status: second.status, text: second.text }).toEqual({ status: first.status, text: first.text });
      expect(starts()).toBe(asked);
    });

    test("a stream that broke is replayed with its error event", async () => {
      const call = once(
        ask("anthropic-messages", "messages/m", { text: "[[say a b c d]] [[fault cut-after=6]]", stream: true }),
      );
      const first = await answerOf(call);
      expect(first.text).toContain("event: error");
      expect(essence(await answerOf(call))).toEqual(essence(first));
      expect(starts()).toBe(1);
    });

    test("what was refused before anybody was asked may be asked again, mended or not", async () => {
      const unknown = withBody(chat(), { model: "no-such-model" });
      for (const _ of [1, 2]) expect((await answerOf(once(unknown))).status).toBe(404);
      expect((await answerOf(once(chat()))).status).toBe(200);
    });

    test("the same key with another body, or at another path, is 422", async () => {
      await answerOf(once(chat()));
      const other = await answerOf(once(chat("[[say bye]]")));
      expect(other.status).toBe(422);
      expect(messageOf(other)).toContain("came with another request before");
      expect((await answerOf(once({ ...chat(), path: "/v1/messages" }))).status).toBe(422);
      const routed = withBody(chat(), { provider: { sort: "price" } });
      expect((await answerOf(once(routed))).status).toBe(422);
      expect(starts()).toBe(1);
    });

    test("the same request behind a prefix is the same request", async () => {
      const first = await answerOf(once(chat()));
      const again = await answerOf(once({ ...chat(), path: "/api/v1/chat/completions" }));
      expect(essence(again)).toEqual(essence(first));
      expect(starts()).toBe(1);
    });

    test("another client's same word is another one", async () => {
      await answerOf(once(chat()));
      const other = await answerOf(withHeaders(once(chat()), { authorization: `Bearer ${OTHER}` }));
      expect(replayed(other)).toBeUndefined();
      expect(starts()).toBe(2);
    });

    test("whoever went away finds that nothing is done twice", async () => {
      const gone = new AbortController();
      const first = answerOf({ ...once(chat(SLOW)), signal: gone.signal });
      await vi.waitFor(() => expect(starts()).toBe(1));
      gone.abort();
      await expect(first).rejects.toThrow();
      await vi.waitFor(async () => {
        const second = await answerOf(once(chat(SLOW)));
        expect({ status: second.status, retry: second.headers["x-should-retry"] }).toEqual({
          status: 409,
          retry: "false",
        });
        expect(messageOf(second)).toContain("its client went away before its answer was whole");
      });
      expect(starts()).toBe(1);
    });

    test("an answer that is too large to be kept is given once", async () => {
      const call = once(chat("[[text 900000]]"));
      const first = await answerOf(call);
      expect(first.status).toBe(200);
      expect(first.text.length).toBeGreaterThan(4 * 1024 * 1024);
      const second = await answerOf(call);
      expect(second.status).toBe(409);
      expect(messageOf(second)).toContain("too large to be kept");
      expect(starts()).toBe(1);
    });

    test("a claim outlives its process, and its answer another", async () => {
      const first = await answerOf(once(chat()));
      await rig.close();
      rig = await startRig({ keys, store: { ...place.options, encryptionKey: KEY_OF_STORE } });
      expect(essence(await answerOf(once(chat())))).toEqual(essence(first));
      expect(starts()).toBe(0);
    });

    test("while the store cannot be asked it is 503, and without the header nobody asks it", async () => {
      await place.execute("alter table idempotency rename to away");
      const refused = await answerOf(once(chat()));
      expect(refused.status).toBe(503);
      expect(refused.headers).toMatchObject({ "retry-after": "1" });
      expect(refused.headers["x-should-retry"]).toBeUndefined();
      expect((await answerOf(chat())).status).toBe(200);
      expect(starts()).toBe(1);
    });

    test("a store that goes away in between costs the replay, and not the answer", async () => {
      const answering = answerOf(once(chat(SLOW)));
      await vi.waitFor(() => expect(starts()).toBe(1));
      await place.execute("alter table idempotency rename to away");
      expect((await answering).status).toBe(200);
      expect(rig.log.map(({ msg }) => msg)).toContain("how an idempotent request ended could not be kept");
      await place.execute("alter table away rename to idempotency");
      expect((await answerOf(once(chat(SLOW)))).status).toBe(409);
      expect(starts()).toBe(1);
    });
  });
});
