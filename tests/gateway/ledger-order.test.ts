import { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Ledger } from "../../packages/gateway/src/accounting/ledger/ledger.ts";
import { askPriced, PAIRS, pricedProviders } from "./ledger-support.ts";
import { answerJson, startUpstream, type Upstream } from "./routing-support.ts";
import { ask, type Rig, send, startRig, TERMINALS } from "./support.ts";

/** What happened, in its order: to the ledger, and to the client's answer. Gates hold up what waits for the ledger. */
interface Seen {
  readonly order: string[];
  readonly gates: { admit?: Promise<void>; answer?: Promise<void> };
}

const seen = vi.hoisted((): Seen => ({ order: [], gates: {} }));

vi.mock(import("../../packages/gateway/src/accounting/ledger/open-ledger.ts"), async (importOriginal) => {
  const { openLedger } = await importOriginal();
  const watched = (ledger: Ledger): Ledger => ({
    ...ledger,
    async admit(admission) {
      await ledger.admit(admission);
      seen.order.push("admitted");
      await seen.gates.admit;
    },
    settle(settlement) {
      ledger.settle(settlement);
      seen.order.push(settlement.state);
    },
    write() {
      ledger.write();
      seen.order.push("spooled");
    },
    async written() {
      await ledger.written();
      seen.order.push("spooled");
      await seen.gates.answer;
    },
  });
  return { openLedger: async (options) => watched(await openLedger(options)) };
});

let rig: Rig;
let odd: Upstream;
let gatewayPort: string;
beforeAll(async () => {
  // Streams where nobody asked for one, and answers whole where a stream was asked for.
  odd = await startUpstream(({ json }, response) => {
    const choice = { index: 0, finish_reason: "stop" };
    const message = { role: "assistant", content: "odd indeed" };
    if (json["stream"] === true) {
      answerJson(response, 200, { id: "c", choices: [{ ...choice, message }] });
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${JSON.stringify({ id: "c", choices: [{ ...choice, delta: message }] })}\n\ndata: [DONE]\n\n`);
  });
  rig = await startRig({
    moreProviders: (url: string) => ({
      ...pricedProviders(url),
      "one-odd": { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: `${odd.url}/v1` } } },
    }),
  });
  gatewayPort = new URL(rig.gateway.url).port;
  const { write, end } = ServerResponse.prototype;
  const note = (response: ServerResponse, what: "write" | "end", chunk: unknown) => {
    if (String(response.socket?.localPort) !== gatewayPort) return;
    const text = typeof chunk === "string" ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : "";
    if (text !== "") seen.order.push(`wrote ${text}`);
    if (what === "end") seen.order.push("ended");
  };
  vi.spyOn(ServerResponse.prototype, "write").mockImplementation(function (this: ServerResponse, ...given: unknown[]) {
    note(this, "write", given[0]);
    return Reflect.apply(write, this, given);
  });
  vi.spyOn(ServerResponse.prototype, "end").mockImplementation(function (this: ServerResponse, ...given: unknown[]) {
    note(this, "end", given[0]);
    return Reflect.apply(end, this, given);
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rig.close();
  await odd.close();
});
beforeEach(() => {
  seen.order.length = 0;
  delete seen.gates.admit;
  delete seen.gates.answer;
  rig.simulator.journal.clear();
});

/** Shuts a gate; what it returns opens it. */
function shut(gate: keyof Seen["gates"]): () => void {
  let open = () => {};
  seen.gates[gate] = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

const at = (what: string) => seen.order.indexOf(what);
const reached = (what: string) => expect.poll(() => seen.order, { interval: 5 }).toContain(what);
/** What could go on has gone on. */
const settleDown = async () => {
  for (let turns = 0; turns < 50; turns += 1) await setImmediate();
};

test("no upstream is asked before the ledger knows of the request", async () => {
  const open = shut("admit");
  const answer = send(rig.gateway.url, askPriced({ client: "openai-chat", upstreams: ["gemini"], stream: false }));
  await reached("admitted");
  await settleDown();
  expect(rig.simulator.journal.length).toBe(0);
  open();
  expect((await answer).status).toBe(200);
});

test.each(PAIRS)("a whole answer waits for the ledger ($client, $upstream)", async ({ client, upstream }) => {
  const call = askPriced({ client, upstreams: [upstream], stream: false });
  const open = shut("answer");
  const answer = send(rig.gateway.url, call);
  await reached("spooled");
  await settleDown();
  expect(seen.order).toEqual(["admitted", "settled", "spooled"]);
  open();
  expect((await answer).status).toBe(200);
  expect(seen.order.at(-1)).toBe("ended");
});

const STREAMS = PAIRS.flatMap((pair) =>
  ["", "[[fault dribble=40]]", "[[fault pace=3]]"].map((fault) => ({ ...pair, fault })),
);

test.each(STREAMS)("the end of a stream follows the ledger ($client, $upstream, $fault)", async (way) => {
  const { client, upstream, fault } = way;
  const text = `[[say Track nine is clear.]] ${fault}`;
  const answer = await send(rig.gateway.url, askPriced({ client, upstreams: [upstream], stream: true, text }));
  expect(answer.text).toContain(TERMINALS[client]);
  expect(at("settled")).toBeLessThan(at("spooled"));
  expect(at("spooled")).toBeLessThan(at("ended"));
  // Gemini's stream has no last word of its own: only its end tells that it is over.
  if (client === "gemini" && upstream === "gemini") return;
  const end = seen.order.findIndex((what) => what.startsWith("wrote") && what.includes(TERMINALS[client]));
  expect(end).toBeGreaterThan(at("spooled"));
  expect(seen.order.filter((what) => what === "settled")).toHaveLength(1);
});

test("a stream that is one JSON array is ended after the ledger", async () => {
  const { path, ...call } = askPriced({ client: "gemini", upstreams: ["openai-chat"], stream: true });
  const answer = await send(rig.gateway.url, { ...call, path: path.replace("?alt=sse", "") });
  expect(JSON.parse(answer.text)).toBeInstanceOf(Array);
  expect(at("spooled")).toBeGreaterThan(at("settled"));
  expect(at("ended")).toBeGreaterThan(at("spooled"));
});

test("an answer that its upstream sends in another form than it was asked for waits too", async () => {
  const model = "one-odd/m";
  for (const stream of [false, true]) {
    seen.order.length = 0;
    const answer = await send(rig.gateway.url, ask("openai-chat", model, { text: "hi", stream }));
    expect([answer.status, answer.text.includes("odd indeed")]).toEqual([200, true]);
    expect(at("settled")).toBeLessThan(at("spooled"));
    expect(seen.order.findIndex((what) => what.includes("odd indeed"))).toBeGreaterThan(at("spooled"));
  }
});
