import type { Environment } from "../../config/secret.ts";
import { openStore } from "../../store/open.ts";
import { loadSettings } from "../settings.ts";
import { printUsage } from "./usage-command.ts";
import type { UsageOptions } from "./usage-options.ts";

/** `signalbox usage`: reads the store, also beside a gateway that runs on it. */
export async function runUsage(options: UsageOptions, environment: Environment): Promise<void> {
  const { config } = loadSettings(options, environment);
  const { data: folder, database: databaseUrl, encryptionKey } = config;
  const store = await openStore({ folder, databaseUrl, encryptionKey, beside: true });
  try {
    await printUsage(options, { usage: store.usage, now: Date.now(), out: process.stdout });
  } finally {
    await store.close();
  }
}
