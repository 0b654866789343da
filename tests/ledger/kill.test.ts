import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readLine } from "../../packages/gateway/src/accounting/ledger/spool-line.ts";
import { openStore } from "../../packages/gateway/src/store/open.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { costOf, RESERVED, savedBy } from "./entries.ts";
import { open } from "./opened.ts";
import { dailyTotals, totalsOfRows } from "./sums.ts";

const program = fileURLToPath(new URL("writer-process.ts", import.meta.url));

interface Writer {
  readonly process: ChildProcess;
  /** Whole lines that it has said so far; what was cut by its death was not said. */
  readonly said: () => readonly string[];
  readonly isOpen: Promise<void>;
}

function startWriter({ options }: TestPlace): Writer {
  const url = options.databaseUrl?.reveal();
  const args = [program, options.folder, ...(url === undefined ? [] : [url])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let problems = "";
  const opened = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.startsWith("open\n")) resolve();
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      problems += chunk;
    });
    child.once("close", () => reject(new Error(`The writer ended: ${problems}`)));
  });
  opened.catch(() => {});
  return { process: child, said: () => text.split("\n").slice(1, -1), isOpen: opened };
}

async function killSoon(writer: Writer, opened = writer.isOpen): Promise<readonly string[]> {
  await opened;
  const closed = once(writer.process, "close");
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
  writer.process.kill("SIGKILL");
  await closed;
  return writer.said();
}

function outcomeOf(row: Readonly<Record<string, unknown>>): string {
  return `${row["state"]} ${row["cost_nano"]} ${row["cache"]} ${row["saved_cache_nano"]} ${row["saved_routing_nano"]}`;
}

function settledAs(id: string): string {
  const { cache, savings } = savedBy(id);
  return `settled ${costOf(id)} ${cache} ${savings?.cacheNano} ${savings?.routingNano}`;
}

/** Everything that was ever said, against everything that the database has. */
async function compare(place: TestPlace, said: readonly string[]): Promise<void> {
  const admitted = new Set(said.filter((line) => line.startsWith("a ")).map((line) => line.slice(2)));
  const settled = new Set(said.filter((line) => line.startsWith("s ")).map((line) => line.slice(2)));
  const rows = await place.query("select * from requests");
  const outcomes = new Map(rows.map((row) => [String(row["id"]), outcomeOf(row)]));
  expect(rows.length).toBe(outcomes.size);
  const wrong: string[] = [];
  for (const id of settled) if (outcomes.get(id) !== settledAs(id)) wrong.push(`${id}: ${outcomes.get(id)}`);
  for (const id of admitted) if (!outcomes.has(id)) wrong.push(`${id}: lost`);
  // What was not said to be settled may have been, just before the process died; else nobody knows.
  for (const [id, outcome] of outcomes) {
    if (!settled.has(id) && outcome !== `unknown ${RESERVED} null null null` && outcome !== settledAs(id)) {
      wrong.push(`${id}: ${outcome}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));
}

async function recover(place: TestPlace): Promise<void> {
  const store = await openStore(place.options);
  const { ledger } = await open({ folder: place.options.folder, store: store.ledger });
  await ledger.close();
  await store.close();
}

/**
 * A write of several pages may be cut between two of them, so that each death may leave one line that was never whole: it was said to
 * nobody, and is kept for people.
 */
function leftIn(spool: string, deaths: number): readonly string[] {
  const names = readdirSync(spool);
  if (!names.includes("set-aside.log")) return names;
  const cut = readFileSync(join(spool, "set-aside.log"), "utf8").split("\n").slice(0, -1);
  expect(cut.length).toBeLessThanOrEqual(deaths);
  expect(cut.filter((line) => readLine(line) !== undefined)).toEqual([]);
  return names.filter((name) => name !== "set-aside.log");
}

describe.each(await testStores())("writers over $kind that are killed", ({ kind, available, makePlace }) => {
  test.skipIf(!available)(
    "have lost and doubled nothing of what they said",
    async () => {
      const place = await makePlace();
      const said: string[] = [];
      const rounds = kind === "sqlite" ? 20 : 10;
      for (let round = 0; round < rounds; round += 1) {
        // Some die while they take over from the one before.
        said.push(...(await killSoon(startWriter(place))));
        if (round % 5 === 4) {
          await recover(place);
          await compare(place, said);
          expect(leftIn(join(place.options.folder, "spool"), round + 1)).toEqual([]);
        }
      }
      expect(said.filter((line) => line.startsWith("s ")).length).toBeGreaterThan(rounds);
      await place.remove();
    },
    120_000,
  );
});

describe.each((await testStores()).filter(({ kind }) => kind === "postgres"))(
  "two writers on one folder",
  ({ available, makePlace }) => {
    test.skipIf(!available)(
      "keep apart, and whoever lives on takes over from the other",
      async () => {
        const place = await makePlace();
        const [first, second] = [startWriter(place), startWriter(place)];
        await Promise.all([first.isOpen, second.isOpen]);
        const said = [...(await killSoon(first))];
        // The second still writes: nobody takes its spool.
        await recover(place);
        const spools = readdirSync(join(place.options.folder, "spool")).filter((name) => !name.includes(".lock"));
        expect(spools).toHaveLength(1);
        said.push(...(await killSoon(second)));
        await recover(place);
        await compare(place, said);
        await place.remove();
      },
      60_000,
    );
  },
);
