import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CompressionSettings } from "../../../config/features.ts";
import type { CompressibleText } from "../engine.ts";
import { extractive } from "../extractive.ts";
import { createLlmlingua } from "./llmlingua.ts";
import type { ModelOrder, TextsOrder } from "./messages.ts";
import { LIMIT_MS, RESTART_MS } from "./model-host.ts";
import { HANGS_MS, MOST_WAITING } from "./model-queue.ts";
import { type ProcessListener, passedOn } from "./start-process.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wanted: CompressionSettings = {
  engine: "llmlingua-2",
  model: "/models/tiny",
  folder: "/etc/signalbox",
  audit: false,
};
const off: CompressionSettings = { engine: "extractive", audit: false };

/** Processes that do what the test says. */
function startRig(compression: CompressionSettings = wanted) {
  interface Started {
    readonly listener: ProcessListener;
    readonly loads: ModelOrder[];
    readonly orders: TextsOrder[];
    killed: boolean;
  }
  const started: Started[] = [];
  const logged: string[] = [];
  const write = (_about: object, words: string) => void logged.push(words);
  const llmlingua = createLlmlingua({
    first: { compression, data: "/data" },
    log: { info: write, warn: write, error: write },
    start: (listener) => {
      const one: Started = { listener, loads: [], orders: [], killed: false };
      started.push(one);
      return {
        send: (order) => void (order.kind === "load" ? one.loads.push(order) : one.orders.push(order)),
        kill: () => {
          one.killed = true;
          listener.ended("SIGKILL");
        },
      };
    },
  });
  const warnings: string[] = [];
  const compress = (...texts: readonly CompressibleText[]) =>
    llmlingua.engine.compress(texts, 0.5, (warning) => void warnings.push(warning));
  const latest = () => {
    const one = started.at(-1);
    if (one === undefined) throw new Error("No process was started.");
    return one;
  };
  /** The model answers what it was last asked, by capitals. */
  const answer = () => {
    const { id = 0, texts = [] } = latest().orders.at(-1) ?? {};
    latest().listener.told({ kind: "compressed", id, texts: texts.map((text) => text.toUpperCase()) });
  };
  const ready = () => latest().listener.told({ kind: "ready" });
  return { ...llmlingua, started, logged, warnings, compress, latest, answer, ready };
}

const sentences = (name: string) =>
  Array.from(
    { length: 20 },
    (_, at) => `The ${name} harbour of story ${"abcdefghijklmnopqrst"[at]} is a quiet place in the evening.`,
  ).join(" ");
const textOf = (name: string, group = 1): CompressibleText => ({ text: sentences(name), group });
const byExtractive = (...texts: readonly CompressibleText[]) => extractive.compress(texts, 0.5);
const warningOf = (why: string) => `Texts were compressed by the extractive engine: llmlingua-2 ${why}.`;

describe("a model that is ready", () => {
  test("is asked for each group once, also by two at a time, and never again", async () => {
    const rig = startRig();
    rig.ready();
    const both = [rig.compress(textOf("old")), rig.compress(textOf("old"))];
    rig.answer();
    const shortened = [sentences("old").toUpperCase()];
    expect(await Promise.all(both)).toEqual([shortened, shortened]);
    expect(rig.compress({ ...textOf("old", 7), query: "another question" }), "known, and so at once").toEqual(
      shortened,
    );
    expect(rig.latest().orders).toHaveLength(1);
    expect(rig.warnings).toEqual([]);
  });

  test("does one thing after the other", async () => {
    const rig = startRig();
    rig.ready();
    const both = rig.compress(textOf("old", 1), textOf("new", 2));
    expect(rig.latest().orders).toHaveLength(1);
    rig.answer();
    expect(rig.latest().orders).toHaveLength(2);
    rig.answer();
    expect(await both).toEqual([sentences("old").toUpperCase(), sentences("new").toUpperCase()]);
    expect(rig.latest().orders[0]).toMatchObject({ share: 0.65, texts: [sentences("old")] });
  });

  test("is not waited for longer than the limit, and what was sent without it stays so", async () => {
    const rig = startRig();
    rig.ready();
    const late = rig.compress(textOf("old"));
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    expect(await late).toEqual(byExtractive(textOf("old")));
    rig.answer();
    expect(rig.compress(textOf("old"))).toEqual(byExtractive(textOf("old")));
    const warning = warningOf("took longer than 5 seconds");
    expect(rig.warnings).toEqual([warning, warning]);
    const next = rig.compress(textOf("new"));
    rig.answer();
    expect(await next).toEqual([sentences("new").toUpperCase()]);
  });

  test("is left alone where too many wait already", async () => {
    const rig = startRig();
    rig.ready();
    for (let at = 0; at <= MOST_WAITING; at += 1) void rig.compress(textOf(`waiting-${at}`));
    expect(await rig.compress(textOf("old"))).toEqual(byExtractive(textOf("old")));
    expect(rig.warnings).toEqual([warningOf("had too much to do")]);
  });

  test("may fail for one text", async () => {
    const rig = startRig();
    rig.ready();
    const failed = rig.compress(textOf("old"));
    rig.latest().listener.told({ kind: "gave-up", id: 1, why: "RangeError" });
    expect(await failed).toEqual(byExtractive(textOf("old")));
    expect(rig.warnings).toEqual([warningOf("could not compress them")]);
  });

  test("that answers with too few texts has not answered", async () => {
    const rig = startRig();
    rig.ready();
    const failed = rig.compress(textOf("old"));
    rig.latest().listener.told({ kind: "compressed", id: 1, texts: [] });
    expect(await failed).toEqual(byExtractive(textOf("old")));
  });

  test("is not asked about texts whose words no spaces part", () => {
    const rig = startRig();
    rig.ready();
    const text = { text: "港は静かです。夜になると船が帰ってくる。".repeat(20), group: 1 };
    expect(rig.compress(text)).toEqual(byExtractive(text));
    expect(rig.warnings).toEqual([]);
  });
});

describe("the process of the model", () => {
  test("is started where the engine is wanted, with where to look for it", () => {
    expect(startRig(off).started).toEqual([]);
    const [order] = startRig().latest().loads;
    expect(order).toMatchObject({ model: "/models/tiny", isFolder: true, downloads: "/data/models" });
    expect(order?.folders.slice(0, 3)).toEqual(["/etc/signalbox", "/data", process.cwd()]);
    expect(startRig({ ...wanted, model: "owner/name" }).latest().loads[0]).toMatchObject({ isFolder: false });
  });

  test("is not waited for while it loads", async () => {
    const rig = startRig();
    expect(await rig.compress(textOf("old"))).toEqual(byExtractive(textOf("old")));
    expect(rig.warnings).toEqual([warningOf("was still loading its model")]);
    rig.ready();
    expect(rig.compress(textOf("old")), "as it was sent before").toEqual(byExtractive(textOf("old")));
  });

  test("ends where nothing is installed, which the log tells once, and is started again by another configuration", async () => {
    const rig = startRig();
    rig.latest().listener.told({ kind: "unloadable", isMissing: true, why: "@atjsh/llmlingua-2 was not found" });
    expect(rig.latest().killed).toBe(true);
    expect(rig.logged).toEqual([expect.stringContaining("npm install @atjsh/llmlingua-2@3")]);
    expect(rig.compress(textOf("old"))).toEqual(byExtractive(textOf("old")));
    expect(rig.warnings).toEqual([warningOf("has no model running, and the log says why")]);
    await vi.advanceTimersByTimeAsync(RESTART_MS * 2);
    expect(rig.started).toHaveLength(1);
    rig.reconfigure({ compression: { ...wanted } });
    rig.ready();
    const made = rig.compress(textOf("old"));
    rig.answer();
    expect(await made, "what was sent without it is made anew").toEqual([sentences("old").toUpperCase()]);
    expect(rig.engine.revision?.()).toBe(2);
  });

  test("stays where the configuration was read again and names the same model, and else ends", () => {
    const rig = startRig();
    rig.ready();
    rig.reconfigure({ compression: { ...wanted, audit: true } });
    expect([rig.started.length, rig.latest().killed]).toEqual([1, false]);
    rig.reconfigure({ compression: { ...wanted, model: "/models/other" } });
    expect(rig.started.map(({ killed }) => killed)).toEqual([true, false]);
    rig.reconfigure({ compression: off });
    expect(rig.started.map(({ killed }) => killed)).toEqual([true, true]);
  });

  test("that dies fails those who wait for it, and is started again after a while", async () => {
    const rig = startRig();
    rig.ready();
    const before = rig.compress(textOf("first"));
    rig.answer();
    await before;
    const failed = rig.compress(textOf("old"));
    rig.latest().listener.ended("SIGSEGV");
    expect(await failed).toEqual(byExtractive(textOf("old")));
    expect(rig.compress(textOf("new"))).toEqual(byExtractive(textOf("new")));
    expect(rig.compress(textOf("first")), "known").toEqual([sentences("first").toUpperCase()]);
    await vi.advanceTimersByTimeAsync(RESTART_MS);
    expect(rig.started).toHaveLength(2);
    rig.ready();
    expect(rig.compress(textOf("new")), "as it was sent before").toEqual(byExtractive(textOf("new")));
    const made = rig.compress(textOf("next"));
    rig.answer();
    expect(await made).toEqual([sentences("next").toUpperCase()]);
  });

  test("that hangs is killed", async () => {
    const rig = startRig();
    rig.ready();
    const late = rig.compress(textOf("old"));
    await vi.advanceTimersByTimeAsync(LIMIT_MS + HANGS_MS);
    await late;
    expect(rig.latest().killed).toBe(true);
    await vi.advanceTimersByTimeAsync(RESTART_MS);
    expect(rig.started).toHaveLength(2);
  });

  test("ends with the gateway, and does not come back", async () => {
    const rig = startRig();
    rig.ready();
    rig.close();
    await vi.advanceTimersByTimeAsync(RESTART_MS * 2);
    expect(rig.started.map(({ killed }) => killed)).toEqual([true]);
  });

  test("sees none of the gateway's secrets", () => {
    const environment = {
      PATH: "/bin",
      HF_HOME: "/hf",
      https_proxy: "http://p",
      OPENAI_API_KEY: "sk",
      DATABASE_URL: "x",
      NODE_OPTIONS: "y",
    };
    expect(passedOn(environment)).toEqual({ PATH: "/bin", HF_HOME: "/hf", https_proxy: "http://p" });
  });
});
