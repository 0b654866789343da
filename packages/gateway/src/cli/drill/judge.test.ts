import type { JournalEntry } from "@signalbox/simulator";
import { describe, expect, test } from "vitest";
import type { Sight } from "./client.ts";
import type { UpstreamCall } from "./director.ts";
import { CHECKS, type Evidence, isMissed, judge, type Lie } from "./judge.ts";
import { WAYS, type Way } from "./ways.ts";

const wayOf = (id: string): Way => {
  const found = WAYS.find((way) => way.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

const entry = (more: Partial<JournalEntry> = {}): JournalEntry => ({
  id: 1,
  method: "POST",
  url: "/openai/v1/chat/completions",
  headers: {},
  rawHeaders: [],
  startedAt: 1000,
  body: Buffer.alloc(0),
  bytesReceived: 0,
  json: undefined,
  dialect: "openai-chat",
  model: "m",
  stream: true,
  system: "",
  text: "",
  faults: [],
  status: 200,
  eventsSent: 9,
  bytesSent: 900,
  usage: { input: 10, output: 5 },
  complete: true,
  aborted: false,
  endedAt: 1100,
  ...more,
});

const called = (role: UpstreamCall["role"], more: Partial<JournalEntry> = {}): UpstreamCall => ({
  entry: entry(more),
  target: "openai/m",
  role,
});

const sight = (more: Partial<Sight> = {}): Sight => ({
  status: 200,
  headers: {},
  reading: { text: "All of it.", finish: "stop", usage: { input: 10, output: 5 } },
  shaped: true,
  end: "whole",
  durationMs: 100,
  endedAt: 1100,
  ...more,
});

const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  way: wayOf("500"),
  scope: 0,
  stream: true,
  expected: "All of it.",
  sight: sight(),
  calls: [called("broken", { status: 500, complete: true, usage: undefined }), called("healthy")],
  maxCalls: 5,
  continues: false,
  ...more,
});

const refused = (status: number, more: Partial<Sight> = {}): Sight =>
  sight({ status, reading: { text: "", error: "no" }, ...more });

const down = called("broken", { status: 500, usage: undefined });

const LIES: readonly (readonly [Lie, Partial<Evidence>])[] = [
  ["hang", { sight: sight({ end: "ceiling" }) }],
  ["hidden-error", { sight: sight({ reading: { text: "All", hidden: "overloaded" } }) }],
  ["error-as-success", { stream: false, sight: refused(200) }],
  ["error-as-success", { sight: sight({ shaped: false, reading: { text: "" } }) }],
  ["error-as-success", { stream: false, sight: sight({ reading: { text: "" } }) }],
  ["truncated", { sight: sight({ reading: { text: "All of", finish: "stop" } }) }],
  ["truncated", { sight: sight({ reading: { text: "AllAll of it.", finish: "length" } }) }],
  ["silent-end", { sight: sight({ reading: { text: "All of" } }) }],
  ["invented-end", { calls: [called("broken", { complete: false })] }],
  ["sent-on", { way: wayOf("400"), sight: refused(400), calls: [down, called("healthy")] }],
  ["retry-storm", { calls: [down, down, down, down, down, called("healthy")] }],
  ["double-billing", { calls: [called("healthy"), called("healthy")] }],
  ["wrong-usage", { sight: sight({ reading: { text: "All of it.", finish: "stop", usage: { output: 10 } } }) }],
  [
    "wrong-usage",
    {
      continues: true,
      sight: sight({ reading: { text: "All of it.", finish: "stop", usage: { input: 90, output: 5 } } }),
    },
  ],
  ["left-running", { calls: [called("broken", { endedAt: undefined, complete: false }), called("healthy")] }],
  ["late-call", { sight: sight({ end: "left" }), calls: [down, called("healthy", { startedAt: 1300 })] }],
  ["wrong-status", { sight: refused(400), calls: [down] }],
  ["wrong-status", { way: wayOf("context-overflow"), sight: refused(502), calls: [called("broken", { status: 400 })] }],
  ["long-sleep", { way: wayOf("429"), sight: refused(429, { headers: { "retry-after": "3600" } }), calls: [down] }],
];

test.each(LIES)("%s is told apart from everything else", (lie, more) => {
  const { outcome, lies } = judge(evidence(more));
  expect(outcome).toBe("lied");
  expect(lies.map((one) => one.lie)).toEqual([lie]);
});

test("there is a lie for every check", () => {
  expect(new Set(LIES.map(([lie]) => lie))).toEqual(new Set(Object.keys(CHECKS)));
});

describe("no lie is", () => {
  test.each<readonly [string, string, Partial<Evidence>]>([
    ["an answer by the next target", "fallback", {}],
    [
      "the usage of all who had a part in a continued answer",
      "fallback",
      {
        continues: true,
        calls: [called("broken", { complete: false, usage: undefined }), called("healthy")],
        sight: sight({ reading: { text: "All of it.", finish: "stop", usage: { input: 22, output: 8 } } }),
      },
    ],
    ["an answer at once", "answered", { scope: "none", calls: [called("healthy")] }],
    ["an error status", "error", { sight: refused(502), calls: [down] }],
    ["the upstream's own status", "error", { sight: refused(429), calls: [called("broken", { status: 429 })] }],
    ["an error event after content", "error", { sight: sight({ reading: { text: "All", error: "cut" } }) }],
    ["a broken connection in mid-answer", "error", { sight: sight({ end: "broken", reading: { text: "All" } }) }],
    ["a client that left, and nobody who goes on", "stopped", { sight: sight({ end: "left" }), calls: [down] }],
    [
      "an hour's delay that SDKs are told not to wait for",
      "error",
      {
        way: wayOf("429"),
        sight: refused(429, { headers: { "retry-after": "3600", "x-should-retry": "false" } }),
        calls: [down],
      },
    ],
  ])("%s", (_name, outcome, more) => {
    expect(judge(evidence(more))).toEqual({ outcome, lies: [] });
  });
});

test("an error while a target was left is a loss, but for requests that no other should see", () => {
  const failed = evidence({ sight: refused(502), calls: [down] });
  expect(isMissed(failed, "error", 2)).toBe(true);
  expect(isMissed(failed, "error", 1)).toBe(false);
  expect(isMissed({ ...failed, scope: "all" }, "error", 2)).toBe(false);
  expect(isMissed({ ...failed, way: wayOf("400") }, "error", 2)).toBe(false);
  expect(isMissed({ ...failed, sight: sight({ reading: { text: "All", error: "cut" } }) }, "error", 2)).toBe(false);
});
