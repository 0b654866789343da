import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { accountsSide } from "./accounts-side.ts";
import { CASES, type Case, KEY, type Shot } from "./cases.ts";
import { compressionCost } from "./compression.ts";
import { limitedKey, limitedKeyCost, storeLimitedKey } from "./limited-key.ts";
import { fire, percentile } from "./load.ts";
import { manyRouters, storeManyRouters } from "./many-routers.ts";
import { startNginx } from "./nginx.ts";
import { type Service, startService } from "./processes.ts";
import { cacheLookups } from "./response-cache.ts";
import { ROUTERS, routerCost } from "./routers.ts";
import { stalledReaders } from "./stalled.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 10);
const CONCURRENCY = 16;
const SIGNALBOX = [process.execPath, new URL("../packages/gateway/bin/signalbox.js", import.meta.url).pathname];
const listening = (output: string) => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];

/** With a price: what is used is reckoned, and budgets let it in. */
const MODEL = "{ id: sim, price: { input: 1, output: 2 } }";

interface Figures {
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
}

const median = (values: readonly number[]) => percentile(values, 0.5);
const say = (line: string) => process.stdout.write(`${line}\n`);

async function startGateway(upstream: string, fill?: (folder: string) => Promise<void>): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  await fill?.(folder);
  const file = join(folder, "signalbox.yaml");
  writeFileSync(
    file,
    `server: { host: 127.0.0.1, port: 0 }
data: ${folder}
logLevel: error
keys: [{ name: bench, key: ${KEY}, role: owner }]
providers:
  chat: { auth: none, models: [${MODEL}], endpoints: { openai-chat: { baseUrl: ${upstream}/v1 } } }
  messages: { auth: none, models: [${MODEL}], endpoints: { anthropic-messages: { baseUrl: ${upstream} } } }
${ROUTERS}`,
  );
  return startService([...SIGNALBOX, "start", "--config", file], listening);
}

interface Way {
  readonly service: Service;
  readonly url: string;
  readonly shot: Shot;
}

async function measure({ service, url, shot }: Way, requests: number): Promise<Figures> {
  const before = service.cpuMicros();
  const latencies = await fire(url, shot, { requests, concurrency: CONCURRENCY });
  await delay(50);
  const cpuMicros = (service.cpuMicros() - before) / requests;
  return { cpuMicros, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** Rounds alternate between the ways, so that what else the machine does falls on all of them alike. */
async function compare(
  test: Case,
  ways: {
    readonly direct: Way;
    readonly nginx: Way;
    readonly bare: Way;
    readonly passthrough: Way;
    readonly translate: Way;
  },
) {
  for (const way of Object.values(ways))
    await fire(way.url, way.shot, { requests: Math.ceil(test.requests / 5), concurrency: CONCURRENCY });
  const rounds = {
    direct: [] as Figures[],
    nginx: [] as Figures[],
    bare: [] as Figures[],
    passthrough: [] as Figures[],
    translate: [] as Figures[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.direct.push(await measure(ways.direct, test.requests));
    rounds.nginx.push(await measure(ways.nginx, test.requests));
    rounds.bare.push(await measure(ways.bare, test.requests));
    rounds.passthrough.push(await measure(ways.passthrough, test.requests));
    rounds.translate.push(await measure(ways.translate, test.requests));
  }
  const cpu = (figures: readonly Figures[]) => median(figures.map(({ cpuMicros }) => cpuMicros));
  const ratios = (over: readonly Figures[], under: readonly Figures[]) =>
    median(over.map(({ cpuMicros }, round) => cpuMicros / (under[round]?.cpuMicros ?? Number.NaN)));
  const added = (figures: readonly Figures[], of: "p50" | "p99") =>
    median(figures.map((figure, round) => figure[of] - (rounds.direct[round]?.[of] ?? 0)));
  const row = (name: string, figures: readonly Figures[], ratio: string) =>
    say(
      `${test.name.padEnd(18)} ${name.padEnd(12)} ${cpu(figures).toFixed(0).padStart(7)} ${added(figures, "p50").toFixed(2).padStart(9)} ${added(figures, "p99").toFixed(2).padStart(9)}   ${ratio}`,
    );
  row("nginx", rounds.nginx, "");
  row("bare Node", rounds.bare, `${ratios(rounds.bare, rounds.nginx).toFixed(1)} x nginx`);
  row("passthrough", rounds.passthrough, `${ratios(rounds.passthrough, rounds.nginx).toFixed(1)} x nginx`);
  row("translate", rounds.translate, `${ratios(rounds.translate, rounds.passthrough).toFixed(1)} x passthrough`);
}

async function stalled(upstream: string): Promise<void> {
  const gateway = await startGateway(upstream);
  const sockets = await stalledReaders(gateway.url, 8);
  await delay(10_000);
  say(`8 stalled readers of an endless stream, after 10 s: peak RSS ${gateway.peakRssMiB().toFixed(0)} MiB`);
  for (const socket of sockets) socket.destroy();
  await gateway.stop();
}

async function main(): Promise<void> {
  const simulator = await startService([...SIGNALBOX, "simulate", "--port", "0"], listening);
  const nginx = await startNginx(simulator.url);
  const bare = await startService(
    [process.execPath, new URL("bare-proxy.ts", import.meta.url).pathname, simulator.url],
    listening,
  );
  const gateway = await startGateway(simulator.url);
  say(
    `Node ${process.version}, ${ROUNDS} rounds, ${CONCURRENCY} connections; medians; added latency is over the simulator alone, under full load.`,
  );
  say(
    `${"case".padEnd(18)} ${"way".padEnd(12)} ${"CPU µs".padStart(7)} ${"+p50 ms".padStart(9)} ${"+p99 ms".padStart(9)}   CPU ratio (median of paired rounds)`,
  );
  for (const test of CASES) {
    await compare(test, {
      direct: { service: simulator, url: simulator.url, shot: test.plain },
      nginx: { service: nginx, url: nginx.url, shot: test.plain },
      bare: { service: bare, url: bare.url, shot: test.plain },
      passthrough: { service: gateway, url: gateway.url, shot: test.passthrough },
      translate: { service: gateway, url: gateway.url, shot: test.translate },
    });
  }
  say(await routerCost(gateway));
  say(`gateway peak RSS ${gateway.peakRssMiB().toFixed(0)} MiB, nginx ${nginx.peakRssMiB().toFixed(0)} MiB`);
  await Promise.all([gateway.stop(), nginx.stop(), bare.stop()]);
  await stalled(simulator.url);
  const crowded = await startGateway(simulator.url, storeManyRouters);
  say(await manyRouters(crowded));
  await crowded.stop();
  const limiting = await startGateway(simulator.url, (folder) => storeLimitedKey(folder, limitedKey));
  const [{ passthrough: shot }] = CASES;
  say(await limitedKeyCost(limiting, { shot, rounds: ROUNDS, concurrency: CONCURRENCY }));
  await limiting.stop();
  await simulator.stop();
  say(await cacheLookups());
  await accountsSide();
  compressionCost(say);
}

await main();
