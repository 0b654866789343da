import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../../observe/log.ts";
import type { InProcessExchange } from "../../pipeline/in-process.ts";
import { serveConnection } from "./connection.ts";
import { LIFE_MS } from "./keep-time.ts";
import { FakeSocket } from "./testing/fake-socket.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function served() {
  const socket = new FakeSocket();
  const sent: { readonly type: string; readonly error?: { readonly code: string } }[] = [];
  const way = { full: false, drained: Promise.withResolvers<void>() };
  way.drained.resolve();
  const abort = vi.fn();
  const answer = Promise.withResolvers<never>();
  const exchange: InProcessExchange = { answer: answer.promise, abort };
  serveConnection({
    socket,
    outlet: {
      send: (event) => void sent.push(JSON.parse(event)),
      isFull: () => way.full,
      drained: () => way.drained.promise,
    },
    call: () => exchange,
    messageBytes: 10_000,
    shared: { held: 0, most: 10_000 },
    jsonDepth: 16,
    log: createLogger("silent"),
  });
  const keepAlive = setInterval(() => socket.emit("pong"), 60_000);
  socket.on("close", () => clearInterval(keepAlive));
  const say = (message: object) => socket.emit("message", Buffer.from(JSON.stringify(message)), false);
  const codes = () => sent.map(({ error }) => error?.code);
  return { socket, say, codes, abort, way, fail: () => answer.reject(new Error("It was cut off.")) };
}

const create = { type: "response.create", model: "m", input: "hello" };

test("one that waits is told when its hour is over, and closed", () => {
  const { socket, codes } = served();
  vi.advanceTimersByTime(LIFE_MS);
  expect(codes()).toEqual(["websocket_connection_limit_reached"]);
  expect(socket.closedWith).toEqual([1001]);
});

test("one that is being answered goes on to the end of that answer, and takes no other message", async () => {
  const { socket, say, codes, fail } = served();
  say(create);
  vi.advanceTimersByTime(LIFE_MS);
  expect(socket.closedWith).toEqual([]);
  say(create);
  expect(codes()).toEqual(["websocket_connection_limit_reached"]);
  fail();
  await vi.waitFor(() => expect(socket.closedWith).toEqual([1001]));
  expect(codes().slice(1)).toEqual(["upstream_truncated", "websocket_connection_limit_reached"]);
});

test("one whose client leaves gives up what is under way, and what waits", () => {
  const { socket, say, abort } = served();
  say(create);
  say(create);
  socket.emit("close", 1006);
  expect(abort).toHaveBeenCalledOnce();
});

test("one whose client asks without end is told to wait", () => {
  const { say, codes } = served();
  for (let count = 0; count < 66; count += 1) say(create);
  expect(codes()).toEqual(["websocket_queue_full"]);
  const large = served();
  for (let count = 0; count < 4; count += 1) large.say({ ...create, input: "x".repeat(9000) });
  expect(large.codes()).toEqual(["websocket_queue_full"]);
});

test.each(["message", "ping"])("one whose client does not read is not listened to meanwhile (%s)", async (event) => {
  const { socket, way } = served();
  way.drained = Promise.withResolvers();
  socket.emit(event, Buffer.from("{}"), false);
  expect(socket.isPaused).toBe(false);
  way.full = true;
  socket.emit(event, Buffer.from("{}"), false);
  expect(socket.isPaused).toBe(true);
  way.full = false;
  way.drained.resolve();
  await vi.waitFor(() => expect(socket.isPaused).toBe(false));
});
