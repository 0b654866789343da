import { setTimeout as pause } from "node:timers/promises";
import type { LedgerSettings } from "../../config/settings.ts";
import type { Logger } from "../../observe/log.ts";
import type { LedgerStore } from "../../store/ledger/ledger-rows.ts";
import { type AdoptParts, adoptSpools, settleAbandoned } from "./adopt.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Rounds are a minute apart; days are made and removed in every so many. */
const ROUNDS_BETWEEN_DAYS = 60;
/** Between two steps that remove: others are served meanwhile. */
const PAUSE_MS = 20;

/** What has to be done now and then: say that this process lives, take over from those that do not, make and remove days. */
export interface Upkeep {
  /** Once, before anything is asked of the ledger. Where the database is away it is done later. */
  readonly begin: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface UpkeepParts extends Omit<AdoptParts, "store"> {
  readonly store: LedgerStore;
  readonly settings: LedgerSettings;
  readonly now: () => number;
}

export function upkeep(parts: UpkeepParts): Upkeep {
  const { store, instance, settings, now } = parts;
  let rounds = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  const tell = telling(parts.log);

  const expire = async (): Promise<void> => {
    const before = {
      requests: now() - settings.retainRequestsDays * DAY_MS,
      daily: now() - settings.retainDailyDays * DAY_MS,
    };
    while (!stopped && (await store.expire(before))) await pause(PAUSE_MS, undefined, { ref: false });
  };

  const round = (days: "prepare" | "expire" | "leave"): Promise<void> =>
    tell(async () => {
      await store.beat(instance);
      if (days !== "leave") await store.prepare(now());
      if ((await adoptSpools(parts)) && (await settleAbandoned(parts)) && days === "expire") await expire();
    });

  const schedule = (): void => {
    timer = setTimeout(() => {
      // What is old is looked at a minute after the start for the first time, when there is more time for it.
      current = round(rounds % ROUNDS_BETWEEN_DAYS === 0 ? "expire" : "leave").then(() => {
        if (!stopped) schedule();
      });
      rounds += 1;
    }, MINUTE_MS);
    timer.unref();
  };

  return {
    begin: async () => {
      await round("prepare");
      schedule();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}

/** Tells once of a row of failures. */
function telling(log: Logger): (operation: () => Promise<void>) => Promise<void> {
  let failing = false;
  return async (operation) => {
    try {
      await operation();
      failing = false;
    } catch (error) {
      if (!failing) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn({ why }, "the ledger's upkeep has to wait");
      }
      failing = true;
    }
  };
}
