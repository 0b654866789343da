import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { TextPart } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { withoutBillingHeader } from "../shared/billing-header.ts";
import { extensionsFor, featureName } from "../shared/extensions.ts";
import { reportForeignParts } from "../shared/foreign-fields.ts";
import { withoutImageTool } from "../shared/modalities.ts";
import { UNNAMED_OUTPUT } from "../shared/output-name.ts";
import { withReadableSearches } from "../shared/searches.ts";
import { openaiRequestTier } from "../shared/service-tier.ts";
import { OPENAI_NAMES, withWireToolNames } from "../shared/tool-names.ts";
import { encodeMessages, prefixFields } from "./encode-messages.ts";
import { encodeModalities } from "./encode-modalities.ts";
import { encodeReasoning } from "./encode-reasoning.ts";
import { encodeSampling } from "./encode-sampling.ts";
import { encodeToolFields } from "./encode-tools.ts";
import type { Encoding } from "./encoding.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import { toolCallIds } from "./tool-call-ids.ts";
import { DIALECT } from "./wire.ts";

export function encodeRequest(wanted: CanonicalRequest, target: EncodeTarget<OpenAiChatQuirks>): EncodedRequest {
  const losses = lossRecorder();
  const { quirks, provider, model } = target;
  const named = withWireToolNames(wanted, { rule: OPENAI_NAMES }, losses);
  const readable = withReadableSearches(withoutBillingHeader(named, losses), () => false, losses);
  const request = withoutImageTool(readable, losses);
  const encoding: Encoding = {
    request,
    quirks,
    losses,
    target: { dialect: DIALECT, provider, model },
    callId: toolCallIds(quirks),
  };
  reportForeignParts(request, DIALECT, losses);
  const format = encodeOutput(encoding);
  const body = {
    ...compact({ model, stream: request.stream ? true : undefined, stream_options: streamOptions(encoding) }),
    ...encodeSampling(encoding, target.facts),
    ...encodeReasoning(encoding, target.facts?.reasoning !== "none"),
    ...format.fields,
    ...encodeModalities(encoding),
    ...identityFields(encoding),
    ...encodeToolFields(encoding),
  };
  const extended = withExtensions(body, encoding);
  const messages = encodeMessages(encoding, format.instructions);
  return {
    body: { ...withoutUnsupported(extended, encoding), ...prefixFields(messages, encoding), messages },
    ...losses.report(),
  };
}

/** Usage is always asked for, whether or not the client wants to see it: the gateway meters by it. */
function streamOptions({ request, quirks }: Encoding): JsonObject | undefined {
  return request.stream && quirks.streamUsage !== false ? { include_usage: true } : undefined;
}

function identityFields({ request, quirks, losses }: Encoding): JsonObject {
  const { endUser, cacheKey, serviceTier, verbosity, metadata } = request;
  const long = endUser !== undefined && endUser.length > 64;
  return compact({
    verbosity,
    service_tier: openaiRequestTier(serviceTier, losses),
    metadata,
    prompt_cache_key: cacheKey,
    [long ? "user" : (quirks.endUserField ?? "user")]: endUser,
  });
}

interface EncodedOutput {
  readonly fields: JsonObject;
  readonly instructions: readonly TextPart[];
}

function encodeOutput({ request, quirks, losses }: Encoding): EncodedOutput {
  const { output } = request;
  switch (output?.type) {
    case undefined:
      return { fields: {}, instructions: [] };
    case "text":
      return { fields: { response_format: { type: "text" } }, instructions: [] };
    case "json":
      return { fields: { response_format: { type: "json_object" } }, instructions: [] };
    case "json-schema": {
      const { name = UNNAMED_OUTPUT, description, schema, strict } = output;
      if (quirks.jsonSchema !== "json_object") {
        const json_schema = compact({ name, description, schema, strict });
        return { fields: { response_format: { type: "json_schema", json_schema } }, instructions: [] };
      }
      losses.adapt("json-schema", "The endpoint knows JSON but no schemas; the schema was said in the instructions.");
      const text = `Answer with one JSON object that is valid against this JSON Schema:\n${JSON.stringify(schema)}`;
      return { fields: { response_format: { type: "json_object" } }, instructions: [{ type: "text", text }] };
    }
  }
}

/** What only this dialect can say, added to what the IR says; objects of one name are joined, and the IR's word is the last. */
function withExtensions(body: JsonObject, { request, losses }: Encoding): JsonObject {
  const { n, ...own } = extensionsFor(DIALECT, request, losses);
  const out: Record<string, JsonValue | undefined> = { ...body };
  for (const [field, value] of Object.entries(own)) {
    const said = out[field];
    if (said === undefined) out[field] = value;
    else if (isObject(said)) out[field] = { ...objectOf(value), ...said };
  }
  if (n === undefined) return out;
  if (!request.stream || n === 1) return { ...out, n };
  losses.drop("n", "A stream is translated for one choice only.");
  return out;
}

function withoutUnsupported(body: JsonObject, { quirks, losses }: Encoding): JsonObject {
  const unsupported = new Set(quirks.unsupportedFields);
  const kept = Object.entries(body).filter(([field]) => {
    if (!unsupported.has(field)) return true;
    losses.drop(featureName(field), `'${field}' is not accepted by this endpoint.`);
    return false;
  });
  return Object.fromEntries(kept);
}
