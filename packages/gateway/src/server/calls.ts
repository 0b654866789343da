import type { IncomingMessage, ServerResponse } from "node:http";
import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import type { ClientKey } from "../config/settings.ts";
import type { Exchange, Services, Surface } from "../pipeline/exchange.ts";
import { asGatewayError } from "../pipeline/failure.ts";
import { sendError } from "../pipeline/send-error.ts";
import { settle } from "../pipeline/settle.ts";
import { type Arrival, openExchange } from "./exchange.ts";
import type { Call } from "./route.ts";
import type { DataRoute } from "./routes.ts";
import type { CatalogueRoute } from "./surfaces/catalogue-routes.ts";
import { bedrockForm, isBedrockPath } from "./surfaces/cloud-paths.ts";
import { dialectOfCaller, queryOf } from "./surfaces/shape.ts";

export interface CallOptions {
  readonly snapshots: SnapshotHolder;
  readonly services: Services;
}

/** How requests are answered whose clients speak a dialect; what is refused is refused in that dialect. */
export interface Calls {
  readonly data: (route: DataRoute, arrival: Arrival) => Call<[ClientKey]>;
  readonly catalogue: (route: CatalogueRoute, arrival: Arrival) => Call<[ClientKey]>;
  /** A WebSocket in the place of requests that ask a model: `accept` takes the connection over. */
  readonly upgrade: (arrival: Arrival, accept: (key: ClientKey) => void) => Call<[ClientKey]>;
  /** For what everybody is told. */
  readonly open: (arrival: Arrival, answer: (arrival: Arrival) => void) => Call<[]>;
}

export function createCalls({ snapshots, services }: CallOptions): Calls {
  const exchangeFor = (arrival: Arrival, surface: Surface) =>
    openExchange(arrival, surface, { snapshot: snapshots.current(), services });
  const refuse = (arrival: Arrival, thrown: unknown, key?: ClientKey) =>
    endRefused(exchangeFor(arrival, callersSurface(arrival.request)), thrown, key);
  return {
    data: ({ surface, run }, arrival) => {
      const { said, problem } = readSurface(surface, arrival.request);
      const exchange = exchangeFor(arrival, said);
      return {
        surface: said.dialect,
        refuse: (thrown, key) => endRefused(exchange, thrown, key),
        run: async (key) => {
          if (problem !== undefined) throw problem;
          exchange.outcome.key = key;
          await run(exchange).catch((error: unknown) => endInBug(exchange, error));
        },
      };
    },
    catalogue: ({ answer }, arrival) => ({
      refuse: (thrown, key) => refuse(arrival, thrown, key),
      run: (key) => {
        const health = () => services.health.snapshot(performance.now());
        sendJson(arrival.response, 200, answer(arrival.request, { snapshot: snapshots.current(), key, health }));
      },
    }),
    upgrade: (arrival, accept) => {
      const exchange = exchangeFor(arrival, { ...callersSurface(arrival.request), dialect: "openai-responses" });
      return { surface: "openai-responses", refuse: (thrown, key) => endRefused(exchange, thrown, key), run: accept };
    },
    open: (arrival, answer) => ({
      refuse: (thrown) => refuse(arrival, thrown),
      run: () => answer(arrival),
    }),
  };
}

/** Where a path names no operation that there is, the caller still has to be known before it is told so. */
function readSurface(surface: DataRoute["surface"], request: IncomingMessage) {
  try {
    return { said: surface(request), problem: undefined };
  } catch (problem) {
    return { said: callersSurface(request), problem };
  }
}

function callersSurface(request: IncomingMessage): Surface {
  if (isBedrockPath(request)) return bedrockForm(request);
  return { dialect: dialectOfCaller(request), operation: "generate", framing: "sse", query: queryOf(request) };
}

function endRefused(exchange: Exchange, thrown: unknown, key: ClientKey | undefined): void {
  if (key !== undefined) exchange.outcome.key = key;
  exchange.outcome.error = asGatewayError(thrown);
  sendError(exchange, thrown);
  settle(exchange);
}

function endInBug({ id, services, response }: Exchange, error: unknown): void {
  services.log.error({ requestId: id, cause: error }, "a request ended in a bug");
  response.destroy();
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": text.length });
  response.end(text);
}
