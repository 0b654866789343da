import { Agent, request } from "node:http";
import type { Shot } from "./cases.ts";

export interface Load {
  readonly requests: number;
  readonly concurrency: number;
}

/** Sends a shot `requests` times over kept-alive connections; each answer is read whole and checked. Latencies in ms. */
export async function fire(url: string, shot: Shot, { requests, concurrency }: Load): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      latencies.push(await once(url, shot, agent));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return latencies;
}

function once(url: string, shot: Shot, agent: Agent): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url + shot.path, {
      method: "POST",
      agent,
      headers: { ...shot.headers, "content-length": Buffer.byteLength(shot.body) },
    });
    call.on("error", reject);
    call.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 && text.includes(shot.proof)) resolve(performance.now() - startedAt);
        else reject(new Error(`${shot.path} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    call.end(shot.body);
  });
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
