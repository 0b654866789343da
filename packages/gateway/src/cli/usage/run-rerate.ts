import type { Environment } from "../../config/secret.ts";
import { openStore } from "../../store/open.ts";
import { loadSettings, loadSnapshot } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { rerate } from "./rerate.ts";
import type { RerateOptions } from "./rerate-options.ts";
import { rerateTable } from "./rerate-table.ts";

/** `signalbox rerate`: also beside a gateway that runs, whose prices are those of its own configuration. */
export async function runRerate(
  options: RerateOptions,
  { environment, terminal }: { readonly environment: Environment; readonly terminal: Terminal },
): Promise<void> {
  const { config } = loadSettings(options, environment);
  const { providers } = loadSnapshot({ options, environment, keys: () => [] });
  const { data: folder, database: databaseUrl, encryptionKey } = config;
  const store = await openStore({ folder, databaseUrl, encryptionKey, beside: true });
  try {
    terminal.say(rerateTable(await rerate(options, { ledger: store.ledger, providers }), options));
  } finally {
    await store.close();
  }
}
