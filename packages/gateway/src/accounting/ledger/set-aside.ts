import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../observe/log.ts";

/** Lines that nobody can use as they are, kept for people: never guessed, never thrown away. */
export interface SetAside {
  readonly add: (lines: readonly string[], why: string) => void;
}

export function setAside(spool: string, log: Logger): SetAside {
  const path = join(spool, "set-aside.log");
  return {
    add: (lines, why) => {
      if (lines.length === 0) return;
      log.error({ lines: lines.length, file: path, why }, "the ledger has set lines aside");
      try {
        appendFileSync(path, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
      } catch {
        // The log has told of it.
      }
    },
  };
}
