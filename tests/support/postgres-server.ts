import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathFolders, saysReady } from "./programs.ts";

/** A PostgreSQL that lives as long as a test run, on a socket in a folder of its own. */
export interface PostgresServer {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  /** All of its processes stand still: it takes connections, and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** As after a crash of it; `start` brings it back at the same address, with all that was committed. */
  kill(): Promise<void>;
  start(): Promise<void>;
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
  let server: ChildProcess | undefined;
  const end = () => server?.kill("SIGQUIT");
  const start = async (): Promise<void> => {
    server = spawn(join(programs, "postgres"), args, {
      ...as,
      stdio: ["ignore", "ignore", "pipe"],
      // A terminal's Ctrl-C is for whoever uses the server: it is needed until they are done.
      detached: true,
    });
    await saysReady(server, "stderr", "ready to accept connections");
  };
  const signalAll = (signal: NodeJS.Signals): void => {
    const { pid } = server ?? {};
    if (pid !== undefined) for (const one of [pid, ...childrenOf(pid)]) signalOne(one, signal);
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    signalAll("SIGCONT");
    end();
    await ended;
  };
  process.once("exit", end);
  await start();
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    freeze: () => signalAll("SIGSTOP"),
    thaw: () => signalAll("SIGCONT"),
    kill,
    start,
    stop: async () => {
      process.off("exit", end);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One for each connection, and some that are always there. Linux only. */
function childrenOf(pid: number): readonly number[] {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.filter((name) => parentOf(name) === pid).map(Number);
}

function parentOf(name: string): number | undefined {
  try {
    // "pid (program) state parent …", and the program's name may hold anything.
    return Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
  } catch {
    return undefined;
  }
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
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
