import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reply } from "./check.ts";
import type { Example, FormField } from "./example.ts";

/** The example by curl itself, with the bytes of its body. Rejects when curl fails. */
export async function curl(gateway: string, { path, method, headers = {}, body, form = [] }: Example): Promise<Reply> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const data = body === undefined ? [] : ["--data-raw", body];
  const request = method === undefined ? [] : ["-X", method];
  const folder = mkdtempSync(join(tmpdir(), "signalbox-example-"));
  try {
    const parts = form.flatMap((field, index) => formOption(field, join(folder, `${index}`)));
    const options = [...request, ...fields, ...data, ...parts];
    return replyOf(await run(["-sS", "-i", "--max-time", "20", ...options, `${gateway}${path}`]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** curl reads files, and so do the pages. */
function formOption({ name, value, file }: FormField, path: string): readonly string[] {
  if (file === undefined) return ["--form-string", `${name}=${String(value)}`];
  writeFileSync(path, value);
  return ["-F", `${name}=@${path};filename=${file.name};type=${file.type}`];
}

function run(options: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // No file of the person who runs the tests may change what is sent.
    const child = spawn("curl", ["-q", "--noproxy", "*", ...options], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let complaint = "";
    child.stdout.setEncoding("utf8").on("data", (data: string) => {
      output += data;
    });
    child.stderr.setEncoding("utf8").on("data", (data: string) => {
      complaint += data;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`curl ended with ${code}: ${complaint}`));
    });
  });
}

/** curl prints the head before the body; one that says 100 stands before the one that counts. */
function replyOf(output: string): Reply {
  const end = output.indexOf("\r\n\r\n");
  const [line = "", ...fields] = output.slice(0, end).split("\r\n");
  const text = output.slice(end + 4);
  const status = Number(/^HTTP\/[\d.]+ (\d+)/.exec(line)?.[1]);
  if (status === 100) return replyOf(text);
  const headers = fields.map((field) => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { status, headers: Object.fromEntries(headers), text };
}
