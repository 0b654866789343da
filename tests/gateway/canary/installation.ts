import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { databaseFile } from "../../../packages/gateway/src/store/sqlite.ts";

const script = new URL("../../support/gateway-process.ts", import.meta.url).pathname;

export interface Installation {
  readonly url: string;
  readonly dataFolder: string;
  readonly configFile: string;
  /** Everything that it wrote to stdout and stderr so far. */
  readonly output: () => string;
  /** As an operator stops it. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

export interface InstallationOptions {
  readonly folder: string;
  readonly config: object;
  readonly environment: Readonly<Record<string, string>>;
}

/** A gateway in a process of its own, with its configuration outside its data folder. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { folder, config, environment } = options;
  const dataFolder = join(folder, "data");
  const configFile = join(folder, "signalbox.yaml");
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(configFile, JSON.stringify(config));
  const child = spawn(process.execPath, [script, "start", "--config", configFile, "--data", dataFolder], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: string) => {
      output += text;
      const address = /listens on (http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("exit", () => reject(new Error(`The gateway did not start:\n${output}`)));
  });
  return {
    url,
    dataFolder,
    configFile,
    output: () => output,
    stop: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
  };
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every file of the folder, as it lies there now. */
export function filesOf(folder: string): readonly NamedBytes[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => existsSync(path))
    .map((path) => ({ name: path.slice(folder.length + 1), bytes: readFileSync(path) }));
}

/** One entry for each table, with every value of every column in it; bytes are in hex. */
export function sqliteTables(folder: string): readonly NamedBytes[] {
  const database = new DatabaseSync(databaseFile(folder), { readOnly: true });
  const names = database.prepare("select name from sqlite_master where type = 'table'").all();
  const tables = names.map(({ name }) => tableOf(String(name), database.prepare(`select * from "${name}"`).all()));
  database.close();
  return tables;
}

type Row = Readonly<Record<string, unknown>>;

/** The same of PostgreSQL. */
export async function postgresTables(query: (sql: string) => Promise<readonly Row[]>): Promise<readonly NamedBytes[]> {
  const names = await query(
    "select table_schema || '.' || table_name as name from information_schema.tables where table_schema = 'signalbox'",
  );
  return Promise.all(names.map(async ({ name }) => tableOf(String(name), await query(`select * from ${name}`))));
}

function tableOf(name: string, rows: readonly Row[]): NamedBytes {
  const text = rows.map((row) => Object.values(row).map(shown).join("\n")).join("\n");
  return { name: name.replace(/^signalbox\./, ""), bytes: Buffer.from(text) };
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array)
    return `${Buffer.from(value).toString("hex")}\n${Buffer.from(value).toString("latin1")}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface QuotingUpstream {
  readonly url: string;
  /** All that it was told so far. */
  readonly heard: () => string;
  readonly close: () => void;
}

/** Says back all that it was told, credentials included, in the way that the last part of the model's name says. */
export async function startQuotingUpstream(): Promise<QuotingUpstream> {
  let heard = "";
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      heard += `${toldBy(request, body)}\n`;
      quote(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The upstream has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    heard: () => heard,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const toldBy = (request: IncomingMessage, body: string): string =>
  `${request.url} ${JSON.stringify(request.headers)} ${body}`;

function quote(request: IncomingMessage, response: ServerResponse, body: string): void {
  const told = toldBy(request, body);
  const [, how = ""] = /quoting-([a-z0-9-]+)/.exec(told) ?? [];
  const error = {
    type: "error",
    error: { message: `No: ${told}`, type: "refused", code: "refused", status: "REFUSED" },
  };
  const status = /^\d{3}$/.exec(how)?.[0];
  if (status !== undefined) {
    response.writeHead(Number(status), { "content-type": "application/json", "x-quoted": request.url ?? "" });
    response.end(JSON.stringify(error));
  } else if (how === "html") {
    response.writeHead(502, { "content-type": "text/html" });
    response.end(`<html><body>${told}</body></html>`);
  } else if (how === "type") {
    response.writeHead(200, { "content-type": `text/${told.replaceAll(/[^a-z0-9]/gi, "")}` });
    response.end(told);
  } else if (how === "event" || how === "late-event") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const last = `event: error\ndata: ${JSON.stringify(error)}\n\n`;
    if (how === "event") response.end(last);
    else {
      // Only what came in a chunk of its own has been passed on when the error comes.
      response.write(beginning(request.url ?? ""));
      setTimeout(() => response.end(last), 50);
    }
  } else {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`{"nonsense": ${JSON.stringify(told)}`);
  }
}

/** Of an answer's stream, with the first of its text. */
function beginning(path: string): string {
  const message = { id: "1", type: "message", role: "assistant", model: "m", content: [], usage: { input_tokens: 1 } };
  const text = { type: "text", text: "" };
  const events = path.includes("/messages")
    ? [
        { type: "message_start", message },
        { type: "content_block_start", index: 0, content_block: text },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "begun" } },
      ]
    : path.includes("/responses")
      ? [
          { type: "response.output_item.added", output_index: 0, item: { ...message, content: [] } },
          { type: "response.content_part.added", output_index: 0, content_index: 0, part: { type: "output_text" } },
          { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "begun" },
        ]
      : path.includes("/chat")
        ? [{ type: "", id: "1", choices: [{ index: 0, delta: { role: "assistant", content: "begun" } }] }]
        : [{ type: "", candidates: [{ content: { role: "model", parts: [{ text: "begun" }] } }] }];
  return events
    .map(({ type, ...event }) => {
      const data = JSON.stringify(type === "" ? event : { type, ...event });
      return `${type === "" ? "" : `event: ${type}\n`}data: ${data}\n\n`;
    })
    .join("");
}
