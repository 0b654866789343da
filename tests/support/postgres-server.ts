import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathFolders, saysReady } from "./programs.ts";

/** A PostgreSQL that lives as long as a test run, on a socket in a folder of its own. */
export interface PostgresServer {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Undefined when PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const programs = programFolder();
  if (programs === undefined) return undefined;
  const user = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), "signalbox-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const as = { ...user, cwd: folder, env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" } };
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
  // Not the order of bytes: a query that leaves the order to the server shows.
  const locale = ["--locale=C", "--locale-provider=icu", "--icu-locale=en"];
  const made = spawnSync(join(programs, "initdb"), [...init, ...locale], { ...as, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr ?? made.error}`);
  // Nothing here outlives the run, so that nothing needs to reach the disk.
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "full_page_writes=off"];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const server = spawn(join(programs, "postgres"), args, {
    ...as,
    stdio: ["ignore", "ignore", "pipe"],
    // A terminal's Ctrl-C is for whoever uses the server: it is needed until they are done.
    detached: true,
  });
  const kill = () => server.kill("SIGQUIT");
  process.once("exit", kill);
  await saysReady(server, "stderr", "ready to accept connections");
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      process.off("exit", kill);
      if (server.exitCode === null && server.signalCode === null) {
        const ended = once(server, "exit");
        kill();
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian keeps these programs out of the PATH, one folder for each version. */
function programFolder(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...pathFolders()];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("There is no user postgres or nobody to run PostgreSQL as.");
}
