import type { IncomingMessage } from "node:http";
import { GatewayError, type JsonObject } from "@signalbox/protocol";
import { listModels } from "../../catalogue/list-models.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { reachOf } from "../../routing/access/reach.ts";
import type { Permission } from "../permissions.ts";
import { decodedModel } from "./gemini-path.ts";
import { modelList, oneModel } from "./models.ts";
import { providerList } from "./offered-models.ts";
import { dialectOfCaller, pathOf, queryOf } from "./shape.ts";

export interface CatalogueRoute {
  readonly path: string;
  readonly permission: Permission;
  /** Throws `model_not_found`. */
  readonly answer: (request: IncomingMessage, snapshot: Snapshot, key: ClientKey) => JsonObject;
}

/** google-genai puts a version behind its base URL, which ToRouter's documents write with one already. */
const MODEL_PATHS = ["/v1/models", "/v1beta/models", "/v1beta/v1beta/models", "/v1beta/v1/models"];

/** What clients may ask of models and providers: a key sees what it may reach. All are GET. */
export const CATALOGUE_ROUTES: readonly CatalogueRoute[] = [
  ...MODEL_PATHS.flatMap((path) => [
    { path, permission: "models:read" as const, answer: answerModels },
    { path: `${path}/*`, permission: "models:read" as const, answer: answerModel },
  ]),
  // https://openrouter.ai/docs/api-reference/models/get-models-count
  { path: "/v1/models/count", permission: "models:read", answer: countModels },
  {
    path: "/v1/providers",
    permission: "models:read",
    answer: (_request, snapshot, key) => providerList(snapshot, key),
  },
];

function countModels(_request: IncomingMessage, snapshot: Snapshot, key: ClientKey): JsonObject {
  return { data: { count: listModels(snapshot, reachOf(snapshot, key)).length } };
}

function answerModels(request: IncomingMessage, snapshot: Snapshot, key: ClientKey): JsonObject {
  const source = { snapshot, reach: reachOf(snapshot, key) };
  return modelList(source, dialectOf(request), new URLSearchParams(queryOf(request)));
}

function answerModel(request: IncomingMessage, snapshot: Snapshot, key: ClientKey): JsonObject {
  const id = /\/models\/(.+)$/.exec(pathOf(request))?.[1] ?? "";
  const model = oneModel({ snapshot, reach: reachOf(snapshot, key) }, dialectOf(request), decodedModel(id));
  if (model !== undefined) return model;
  throw new GatewayError(
    "model_not_found",
    `The model '${id.slice(0, 200)}' does not exist here or you do not have access to it.`,
  );
}

function dialectOf(request: IncomingMessage) {
  return pathOf(request).includes("/v1beta/") ? "gemini" : dialectOfCaller(request);
}
