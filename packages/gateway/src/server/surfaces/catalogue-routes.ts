import type { IncomingMessage } from "node:http";
import { GatewayError, type JsonObject } from "@signalbox/protocol";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { reachOf } from "../../routing/access/reach.ts";
import type { HealthSnapshot } from "../../routing/health/views.ts";
import type { Permission } from "../permissions.ts";
import { decodedModel } from "./gemini-path.ts";
import { listProfiles, oneProfile } from "./inference-profiles.ts";
import { modelEndpoints } from "./model-endpoints.ts";
import { chosenModels, type ListSource, modelList, oneModel } from "./models.ts";
import { providerList } from "./offered-models.ts";
import { dialectOfCaller, pathOf, queryOf } from "./shape.ts";

export interface CatalogueRoute {
  readonly path: string;
  readonly permission: Permission;
  /** Throws `model_not_found`. */
  readonly answer: (request: IncomingMessage, caller: CatalogueCaller) => JsonObject;
}

export interface CatalogueCaller {
  readonly snapshot: Snapshot;
  readonly key: ClientKey;
  readonly health: () => HealthSnapshot;
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
  { path: "/inference-profiles", permission: "models:read", answer: listProfiles },
  { path: "/inference-profiles/*", permission: "models:read", answer: oneProfile },
  {
    path: "/v1/providers",
    permission: "models:read",
    answer: (_request, { snapshot, key }) => providerList(snapshot, key),
  },
];

function sourceOf({ snapshot, key }: CatalogueCaller): ListSource {
  return { snapshot, reach: reachOf(snapshot, key) };
}

function countModels(request: IncomingMessage, caller: CatalogueCaller): JsonObject {
  const query = new URLSearchParams(queryOf(request));
  return { data: { count: chosenModels(sourceOf(caller), "openai-chat", query).length } };
}

function answerModels(request: IncomingMessage, caller: CatalogueCaller): JsonObject {
  return modelList(sourceOf(caller), dialectOf(request), new URLSearchParams(queryOf(request)));
}

const ENDPOINTS = "/endpoints";

function answerModel(request: IncomingMessage, caller: CatalogueCaller): JsonObject {
  const id = /\/models\/(.+)$/.exec(pathOf(request))?.[1] ?? "";
  const source = sourceOf(caller);
  const model = oneModel(source, dialectOf(request), decodedModel(id));
  if (model !== undefined) return model;
  if (id.endsWith(ENDPOINTS)) {
    const endpoints = modelEndpoints(source, decodedModel(id.slice(0, -ENDPOINTS.length)), caller.health());
    if (endpoints !== undefined) return endpoints;
  }
  throw new GatewayError(
    "model_not_found",
    `The model '${id.slice(0, 200)}' does not exist here or you do not have access to it.`,
  );
}

function dialectOf(request: IncomingMessage) {
  return pathOf(request).includes("/v1beta/") ? "gemini" : dialectOfCaller(request);
}
