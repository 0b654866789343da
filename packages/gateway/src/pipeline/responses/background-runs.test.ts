import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import type { InProcessCall } from "../in-process.ts";
import { type BackgroundRun, createBackgroundRuns, LEASE_MS } from "./background-runs.ts";

const CALL: InProcessCall = { method: "POST", path: "/v1/responses", headers: {}, remoteAddress: undefined };

function house(over: readonly string[] = []) {
  const aborted: string[] = [];
  const beats: (readonly string[])[] = [];
  let time = 1000;
  const runs = createBackgroundRuns({
    store: {
      beat: async (_owner, ids) => {
        beats.push(ids);
        return ids.filter((id) => over.includes(id));
      },
    },
    log: pino({ enabled: false }),
    now: () => time,
    beatMs: 5,
  });
  const sockets: Duplex[] = [];
  runs.serve({
    call: ({ onSocket }) => {
      const socket = new Duplex();
      const at = sockets.push(socket);
      onSocket?.(socket);
      const { promise: answer } = Promise.withResolvers<IncomingMessage>();
      return { answer, abort: () => void aborted.push(String(at)) };
    },
  });
  const begin = (id: string, keyId = "k"): BackgroundRun | undefined => {
    runs.start({ keyId, id }, CALL);
    return runs.of(sockets.at(-1) ?? {});
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { runs, begin, aborted, beats, pass };
}

test("a run is known by its own connection, and leased once it was let in", async () => {
  const { runs, begin } = house();
  const run = begin("r");
  expect(run).toMatchObject({ keyId: "k", id: "r" });
  expect(run?.lease().until).toBe(1000 + LEASE_MS);
  expect(run?.isAdmitted()).toBe(false);
  expect(runs.of({})).toBeUndefined();
  run?.admitted(Buffer.from("{}"));
  expect(run?.isAdmitted()).toBe(true);
  run?.left();
  await runs.close();
});

test("what runs is looked after, and what somebody has cancelled is ended", async () => {
  const { runs, begin, aborted, beats } = house(["b"]);
  const [first, second] = [begin("a"), begin("b")];
  begin("never let in");
  first?.admitted(Buffer.from("{}"));
  second?.admitted(Buffer.from("{}"));
  await vi.waitFor(() => expect(aborted).toContain("2"));
  expect(beats[0]).toEqual(["a", "b"]);
  expect(aborted).not.toContain("1");
  first?.left();
  second?.left();
  await runs.close();
});

test("one key cannot start more and more of them", () => {
  const { runs, begin } = house();
  for (let at = 0; at < 256; at++) begin(String(at))?.admitted(Buffer.from("{}"));
  expect(() => begin("one more")).toThrow("256");
  expect(begin("another's", "other")).toBeDefined();
  runs.stop("0");
});

test("at the end what does not end by itself is ended", async () => {
  const { runs, begin, aborted, pass } = house();
  const run = begin("r");
  run?.admitted(Buffer.from("{}"));
  const closed = runs.close();
  pass(3000);
  await vi.waitFor(() => expect(aborted).toEqual(["1"]));
  run?.left();
  await closed;
});
