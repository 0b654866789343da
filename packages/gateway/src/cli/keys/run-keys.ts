import type { Environment } from "../../config/secret.ts";
import { forgetKey } from "../../store/forget-key.ts";
import { openStore } from "../../store/open.ts";
import { loadSettings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { runKeysAction } from "./keys-command.ts";
import type { KeysOptions } from "./keys-options.ts";

export interface RunKeys {
  readonly environment: Environment;
  readonly terminal: Pick<Terminal, "say">;
}

/** `signalbox keys …`: in the store itself, also beside a gateway that runs on it. */
export async function runKeys(options: KeysOptions, { environment, terminal }: RunKeys): Promise<void> {
  const { config } = loadSettings(options, environment);
  const { data: folder, database: databaseUrl, encryptionKey } = config;
  const store = await openStore({ folder, databaseUrl, encryptionKey, beside: true });
  try {
    const { accounts } = store;
    const house = { accounts, forget: (keyId: string) => forgetKey(store, keyId), now: () => new Date() };
    terminal.say(await runKeysAction(options.action, house, options.json));
  } finally {
    await store.close();
  }
}
