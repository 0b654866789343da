import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEntry } from "@signalbox/simulator";
import { expect } from "vitest";
import type { Agent, Job, Outcome, Surface } from "./agent.ts";

/** One cell of the matrix. */
export interface Cell {
  readonly agent: Agent;
  readonly target: Pick<Job, "baseUrl" | "key" | "model">;
  /** The dialect that the upstream speaks. */
  readonly egress: Surface;
  /** What arrived upstream since the cell began, but for requests for a small model (titles). */
  readonly arrived: () => readonly JournalEntry[];
  /** The features that the gateway says it dropped since then. */
  readonly dropped: () => readonly string[];
}

interface Task {
  readonly prompt: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
  /** Looks at what the agent left behind. */
  readonly look?: (home: string) => void;
}

/** A folder with these files, and a home, for one run. */
async function work({ agent, target }: Cell, task: Task): Promise<Outcome> {
  const { prompt, files = {}, limitMs = 60_000, look } = task;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-agents-"));
  const home = join(folder, "home");
  const cwd = join(folder, "project");
  for (const path of [home, cwd]) mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  try {
    const outcome = await agent.run({ ...target, prompt, home, cwd, limitMs });
    look?.(home);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What stands in a file only the agent's tool can know. */
const signal = () => `signal-${randomUUID()}`;

/** For the message of a failing test. */
function storyOf(cell: Cell, { stdout, stderr }: Outcome): string {
  const story = cell.arrived().map(({ method, url, status }) => `${method} ${url} -> ${status}`);
  return [...story, stdout, stderr].join("\n");
}

/** The agent asked `count` times, each time for the right model in the right dialect, and got an answer. */
function expectRequests(cell: Cell, count: number): void {
  const seen = cell.arrived().map(({ dialect, model, status, aborted }) => ({ dialect, model, status, aborted }));
  const wanted = { dialect: cell.egress, model: "sim-model", status: 200, aborted: false };
  expect(seen).toEqual(Array(count).fill(wanted));
}

/** Losses that take something from the model or from the agent, unlike a hint for a vendor's cache or a sampling field. */
const matters =
  /-(input|output|signature|opaque)$|^(unknown|misplaced|answer)-part$|^reasoning|^tool-(choice|format)|^opaque|^encrypted/;

/** The field in which each dialect replays what only its model can read. */
const opaqueFields: Readonly<Partial<Record<Surface, RegExp>>> = {
  "anthropic-messages": /"signature": ?"\w/g,
  "openai-responses": /"encrypted_content": ?"\w/g,
  gemini: /"thoughtSignature": ?"\w/g,
};

/** Chat completions have no field for it but the tool call's id, which carries Gemini's. */
function opaqueField({ agent, egress }: Cell): RegExp | undefined {
  return agent.surface === "openai-chat" && egress !== "gemini" ? undefined : opaqueFields[egress];
}

/**
 * Two turns of tools: thinking and two calls at once, then thinking and one call, then the answer. The simulator answers
 * 400 to a signature that is not its own, so that a good answer proves the replay.
 */
export async function toolLoop(cell: Cell): Promise<void> {
  const { shell } = cell.agent;
  const [first, second, third] = [signal(), signal(), signal()];
  const outcome = await work(cell, {
    files: { "1.txt": first, "2.txt": second, "3.txt": third },
    prompt: `[[think Let me look.]] ${shell("cat 1.txt")} ${shell("cat 2.txt")} [[then]] [[think And now?]] ${shell("cat 3.txt")}`,
  });
  expect(outcome.exitCode, storyOf(cell, outcome)).toBe(0);
  expect(outcome.stdout).toContain("Tool said:");
  expect(outcome.stdout).toContain(third);
  expectRequests(cell, 3);
  const [, afterFirst = "", afterSecond = ""] = cell.arrived().map(({ body }) => body.toString("utf8"));
  for (const secret of [first, second]) expect(afterFirst).toContain(secret);
  for (const secret of [first, second, third]) expect(afterSecond).toContain(secret);
  const field = opaqueField(cell);
  if (field !== undefined) expect(afterSecond.match(field), afterSecond).toHaveLength(2);
  expect(cell.dropped().filter((feature) => matters.test(feature))).toEqual([]);
  if (cell.egress !== "anthropic-messages") expect(afterSecond).not.toContain("x-anthropic-billing-header");
}

/** Codex groups tools, and calls one of a group by both names; other vendors know one name. */
export async function namespacedTool(cell: Cell): Promise<void> {
  const prompt = `[[tool multi_agent_v1__close_agent {"target":"00000000-0000-7000-8000-000000000000"}]]`;
  const outcome = await work(cell, { prompt });
  expect(outcome.exitCode, storyOf(cell, outcome)).toBe(0);
  expect(outcome.stdout).toMatch(/Tool said: agent with id \S+ not found/);
  expectRequests(cell, 2);
}

const LAST_WORDS = "That was all of it.";
/** Long enough to be cut with and without a stream, and too short for Gemini CLI to take its repeated words for a loop. */
const LONG = `Tell me. [[stream 60]] [[say  ${LAST_WORDS}]]`;

/**
 * The answer breaks off in the middle however often it is asked for. Half of it must not pass for success; opencode
 * asks again without end.
 */
export async function cutStream(cell: Cell): Promise<void> {
  const outcome = await work(cell, { prompt: LONG, limitMs: 20_000 });
  expect(cell.arrived().length).toBeGreaterThan(0);
  expect(outcome.stdout).not.toContain(LAST_WORDS);
  expect(outcome.exitCode, storyOf(cell, outcome)).not.toBe(0);
}

/** The first answer breaks off, the next would not: an agent may ask again, or fail. */
export async function cutOnce(cell: Cell): Promise<void> {
  const outcome = await work(cell, { prompt: LONG });
  if (outcome.exitCode !== 0) return;
  expect(cell.arrived().length, storyOf(cell, outcome)).toBeGreaterThan(1);
  expect(outcome.stdout).toContain(LAST_WORDS);
}

/** Claude Code lists only names that begin like Anthropic's, so that every model also has such a name. */
export async function claudeDiscovery(cell: Cell): Promise<void> {
  let found = "";
  const outcome = await work(cell, {
    prompt: "[[say Here.]]",
    look: (home) => {
      found = readFileSync(join(home, ".claude/cache/gateway-models.json"), "utf8");
    },
  });
  expect(outcome.exitCode, storyOf(cell, outcome)).toBe(0);
  expect(outcome.stdout).toContain("Here.");
  expectRequests(cell, 1);
  expect(found).toContain(`"${cell.target.model}"`);
}
