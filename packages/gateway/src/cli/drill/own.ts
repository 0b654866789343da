import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "@signalbox/simulator";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import { holdSnapshot } from "../../catalogue/snapshot-holder.ts";
import { openStore } from "../../store/open.ts";
import { createDirector } from "./director.ts";
import { longestMs, rigged } from "./rig.ts";
import type { Judged, Stage } from "./run-case.ts";

export interface OwnStage extends Stage {
  /** The snapshot that is drilled. */
  readonly snapshot: Snapshot;
  readonly close: () => Promise<void>;
}

const KEY = "drill-client-key-of-no-worth";
/** What a gateway may take on top of its own deadline, on a busy machine. */
const SLACK_MS = 1500;

export interface House {
  readonly open: (snapshot: Snapshot) => Promise<{ readonly url: string; readonly close: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

/** Gateways that share one throw-away data folder. */
export async function openHouse(): Promise<House & { readonly data: string }> {
  // As late as this, since other commands need no HTTP framework.
  const { startGateway } = await import("../../server/start.ts");
  const data = mkdtempSync(join(tmpdir(), "signalbox-drill-"));
  const store = await openStore({ folder: data });
  return {
    data,
    open: (snapshot) => startGateway({ snapshots: holdSnapshot(snapshot), store }),
    close: async () => {
      await store.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/**
 * Our own gateway on the caller's configuration. Each case gets a gateway of its own: what one case breaks would otherwise rest in
 * a cooldown when the next one wants to break it.
 */
export async function ownStage(configuration: Snapshot): Promise<OwnStage> {
  const director = createDirector();
  const simulator = await startSimulator({ faultsFor: director.faultsFor });
  const house = await openHouse();
  const snapshot = rigged(configuration, { upstream: simulator.url, key: KEY, data: house.data });
  const open = async (): Promise<Judged> => {
    const gateway = await house.open(snapshot);
    const baseUrl = (dialect: string) => (dialect.startsWith("openai-") ? `${gateway.url}/v1` : gateway.url);
    return { baseUrl, key: KEY, close: gateway.close };
  };
  return {
    snapshot,
    director,
    open,
    ceilingMs: longestMs(snapshot) + SLACK_MS,
    maxCalls: 1 + snapshot.retries.maxPerRequest,
    continues:
      snapshot.continuation || [...snapshot.routers.values()].some(({ continuation }) => continuation === true),
    close: async () => {
      await simulator.close();
      await house.close();
    },
  };
}
