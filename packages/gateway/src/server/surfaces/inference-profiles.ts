import type { IncomingMessage } from "node:http";
import { GatewayError, type JsonObject } from "@signalbox/protocol";
import { type ListedModel, listedModel, listModels } from "../../catalogue/list-models.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { nameHere } from "../../pipeline/cloud-form.ts";
import { reachOf } from "../../routing/access/reach.ts";
import { decodedModel } from "./gemini-path.ts";
import { pathOf, queryOf } from "./shape.ts";

interface Asker {
  readonly snapshot: Snapshot;
  readonly key: ClientKey;
}

/** The models as Bedrock lists its inference profiles. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html */
export function listProfiles(request: IncomingMessage, { snapshot, key }: Asker): JsonObject {
  const { type } = Object.fromEntries(new URLSearchParams(queryOf(request)));
  const models = type === undefined || type === SYSTEM ? listModels(snapshot, reachOf(snapshot, key)) : [];
  return { inferenceProfileSummaries: models.filter(converses).map(profileOf) };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html. Throws `model_not_found`. */
export function oneProfile(request: IncomingMessage, { snapshot, key }: Asker): JsonObject {
  const asked = decodedModel(/\/inference-profiles\/(.+)$/.exec(pathOf(request))?.[1] ?? "");
  const model = listedModel(snapshot, nameHere(snapshot, asked), reachOf(snapshot, key));
  if (model !== undefined && converses(model)) return profileOf(model);
  throw new GatewayError("model_not_found", `There is no inference profile '${asked.slice(0, 200)}' here.`);
}

const SYSTEM = "SYSTEM_DEFINED";

/** What is invoked here is a conversation. */
const converses = ({ abilities }: ListedModel): boolean => abilities?.includes("generate") !== false;

/** Claude Code looks for its own models among ids with `anthropic` in them. */
function profileOf({ id, displayName, created }: ListedModel): JsonObject {
  const profileId = id.startsWith("claude-") ? `anthropic.${id}` : id;
  const day = new Date(created * 1000).toISOString();
  return {
    inferenceProfileName: displayName,
    inferenceProfileId: profileId,
    inferenceProfileArn: `arn:aws:bedrock:::inference-profile/${profileId}`,
    description: `${displayName}, by way of Signalbox.`,
    models: [{ modelArn: `arn:aws:bedrock:::foundation-model/${profileId}` }],
    status: "ACTIVE",
    type: SYSTEM,
    createdAt: day,
    updatedAt: day,
  };
}
