import { setTimeout as pause } from "node:timers/promises";
import { api } from "./asking.ts";
import type { Child } from "./gateway-child.ts";
import { type LedgerRow, otherSums, readLedger, type Sums, sumOf } from "./ledger.ts";
import { type Load, type Random, seeded, startLoad, type Told } from "./load.ts";
import { type Reckoning, reckon } from "./reckoning.ts";
import type { Site } from "./site.ts";

export interface KillPlan {
  readonly kills: number;
  readonly seed: number;
  /** Secrets of client keys. */
  readonly keys: readonly string[];
}

export interface KillReport extends Reckoning, Standing {
  readonly kills: number;
  readonly seconds: number;
}

/** How the books stand when nothing is under way. */
export interface Standing {
  readonly sums: Sums;
  /** The same as four others tell them. */
  readonly others: Readonly<Record<string, Sums>>;
}

const MOST_WAITED_MS = 2_000;

/** Some of what a process has said is in the database when it is killed, some is being written, and some is in its spool only. */
export const killConfig = { ledger: { flushMs: 40 } };

/** Replicas that are killed again and again while they serve, while they start, and while they take over from those before. */
export async function killRuns(site: Site, { kills, seed, keys }: KillPlan): Promise<KillReport> {
  const began = performance.now();
  const random = seeded(seed);
  const up = new Map<number, string>();
  const last: Child[] = [];
  const url = () => (up.size === 0 ? undefined : random.of([...up.values()]));
  const load = startLoad({ prefix: `kill-${seed}`, keys, url, lanes: 6, random, leaving: true });
  const share = Math.ceil(kills / site.folders.length);
  await warmUp(site);
  await Promise.all(
    site.folders.map(async (_, replica) => {
      for (let run = 0; run < share; run++) await liveAndDie(site, { replica, up, random, load });
      const child = site.start(replica);
      last.push(child);
      up.set(replica, await child.listening);
    }),
  );
  await pause(300);
  await load.stop();
  const seconds = (performance.now() - began) / 1000;
  const books = await closeBooks(site, [...up.values()], load.told);
  await Promise.all(last.map((child) => child.end("SIGTERM")));
  return { kills: share * site.folders.length, seconds, ...books };
}

/** One that ends well leaves its compiled modules to all the others. */
async function warmUp(site: Site): Promise<void> {
  const child = site.start(0);
  await child.listening;
  await child.end("SIGTERM");
}

interface Life {
  readonly replica: number;
  readonly up: Map<number, string>;
  readonly random: Random;
  readonly load: Load;
}

async function liveAndDie(site: Site, { replica, up, random, load }: Life): Promise<void> {
  const child: Child = site.start(replica);
  if (random.below(8) === 0) {
    await pause(random.below(1_500));
  } else {
    up.set(replica, await child.listening);
    await answered(load, random.below(20));
    await pause(random.below(50));
  }
  await child.end("SIGKILL");
  up.delete(replica);
}

/** So many more, however fast the machine is; or nothing comes any more. */
async function answered({ told }: Load, more: number): Promise<void> {
  const { length } = told;
  for (let waited = 0; told.length < length + more && waited < MOST_WAITED_MS; waited += 5) await pause(5);
}

/** Once nothing is under way: all that was said is brought to the database, and held against the upstream's journal. */
export async function closeBooks(
  site: Site,
  urls: readonly string[],
  told: readonly Told[],
): Promise<Reckoning & Standing> {
  for (const url of urls) await api(url, "GET /v1/usage");
  const rows = await readLedger(site);
  const journal = site.simulator.journal.entries;
  const others = await otherSums(urls[0] ?? "", site);
  const reckoning = reckon({ journal, rows, told });
  return { ...reckoning, problems: [...reckoning.problems, ...settledSums(site, rows)], sums: sumOf(rows), others };
}

/** Of all that is settled at once: what was counted wrong in one and made good in another shows above. */
function settledSums({ simulator }: Site, rows: readonly LedgerRow[]): readonly string[] {
  const settled = rows.filter(({ state }) => state === "settled");
  const names = new Set(settled.map(({ session }) => session));
  let [input, output] = [0, 0];
  for (const { text, usage } of simulator.journal.entries) {
    if (usage === undefined || !names.has(text.split(" ", 1)[0] ?? "")) continue;
    input += usage.input;
    output += usage.output;
  }
  const sums = sumOf(settled);
  if (sums.input === input && sums.output === output) return [];
  return [`${sums.input}+${sums.output} tokens are settled, and ${input}+${output} are in the journal`];
}
