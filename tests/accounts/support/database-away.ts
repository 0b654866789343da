import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { makeKey } from "../../../packages/gateway/src/config/key-secret.ts";
import { makeDatabase } from "../../support/postgres.ts";
import type { PostgresServer } from "../../support/postgres-server.ts";
import { api, ask, OWNER, send } from "./asking.ts";
import { closeBooks, type Standing } from "./kill-runs.ts";
import { seeded, startLoad, statusesOf } from "./load.ts";
import type { Reckoning } from "./reckoning.ts";
import { makeSite, type Site } from "./site.ts";

export interface DatabaseOutage {
  readonly postgres: PostgresServer;
  /** It answers nothing any more, or it is not there at all and begins anew. */
  readonly how: "frozen" | "stopped";
  readonly seconds: number;
  readonly lanes: number;
  /** It is away for longer where the spool has not so many files by then. */
  readonly segments?: number;
  /** The gateway is killed while the database is away, and started again when it is back. */
  readonly killed?: boolean;
}

export interface DatabaseReport extends Reckoning, Standing {
  /** How many answers of each status clients have got, while it was away and otherwise. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What was answered meanwhile to what needs the database. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of the spool: at most, after the outage, and when the gateway has ended. */
  readonly segments: { readonly most: number; readonly after: number; readonly ended: number };
  readonly awaySeconds: number;
}

const MOST_MORE_SECONDS = 120;
const CONFIGURED = "the-key-of-the-configuration";

export async function databaseAway(outage: DatabaseOutage): Promise<DatabaseReport> {
  const database = await makeDatabase(outage.postgres.url);
  const budgets = [{ window: "month", limit: 1_000 }];
  const site = await makeSite({
    keys: [{ name: "configured", key: CONFIGURED, budgets }],
    shared: { database },
  });
  try {
    return await run(site, outage);
  } catch (error) {
    throw new Error(`It was not gone through. The gateway said:\n${site.said()}`, { cause: error });
  } finally {
    await site.close();
    // It may still be away where something went wrong, and all of it ends with the test.
    await database.drop().catch(() => undefined);
  }
}

async function run(site: Site, outage: DatabaseOutage): Promise<DatabaseReport> {
  const { postgres, how, seconds, lanes, segments = 1, killed = false } = outage;
  let child = site.start(0);
  let url: string | undefined = await child.listening;
  const stored = await makeStored(url);
  const unseen = await makeStored(url);
  await ask(url, { dialect: "gemini", key: stored, model: "chat/m", text: "first", session: "first" });
  const keys = [stored, CONFIGURED];
  // Long names fill the spool sooner.
  const load = startLoad({
    prefix: `${how}-${"x".repeat(150)}`,
    keys,
    url: () => url,
    lanes,
    random: seeded(7),
    pauseMs: 5,
  });
  const spool = join(site.folders[0] ?? "", "data", "spool");
  await pause(1_000);

  const goneAt = performance.now();
  await (how === "frozen" ? postgres.freeze() : postgres.kill());
  const refused = await whatIsRefused(url, unseen);
  await pause(Math.max(0, seconds * 1_000 - (performance.now() - goneAt)));
  for (let more = 0; segmentsIn(spool) < segments && more < MOST_MORE_SECONDS; more++) await pause(1_000);
  const most = segmentsIn(spool);
  if (killed) {
    url = undefined;
    await child.end("SIGKILL");
  }
  await (how === "frozen" ? postgres.thaw() : postgres.start());
  const awaySeconds = (performance.now() - goneAt) / 1_000;
  if (killed) {
    child = site.start(0);
    url = await child.listening;
  }

  await pause(1_000);
  await load.stop();
  const last = url ?? "";
  await untilBack(last);
  const books = await closeBooks(site, [last], load.told);
  const after = segmentsIn(spool);
  await child.end("SIGTERM");
  return {
    ...books,
    statuses: statusesOf(load),
    refused,
    segments: { most, after, ended: segmentsIn(spool) },
    awaySeconds,
  };
}

async function makeStored(url: string): Promise<string> {
  const { key } = Object(await api(url, "POST /v1/keys", { body: { name: "stored" } }));
  return String(key);
}

async function whatIsRefused(url: string, unseen: string): Promise<Readonly<Record<string, number>>> {
  const asking = (key: string) => ask(url, { dialect: "openai-chat", key, model: "chat/m", text: "refused" });
  const headers = { authorization: `Bearer ${OWNER}` };
  const [unknown, neverUsed, changing, reading] = await Promise.all([
    asking(makeKey().shown),
    asking(unseen),
    send(url, { path: "/v1/keys", body: { name: "one more" }, headers }),
    send(url, { path: "/v1/usage", headers }),
  ]);
  return {
    "a key that nobody knows": unknown.status,
    "a key that was not used lately": neverUsed.status,
    "a change of keys": changing.status,
    "a look at what was used": reading.status,
  };
}

/** Files of all spools in it. */
function segmentsIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".log") && statSync(join(folder, name)).size > 0).length;
}

/** The ledger tries a database that was away less and less often, but every half a minute. */
async function untilBack(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { status } = await send(url, { path: "/v1/usage", headers: { authorization: `Bearer ${OWNER}` } });
    if (status === 200) return;
    await pause(100);
  }
}
