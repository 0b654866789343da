import { randomUUID } from "node:crypto";
import { invalid } from "../../dialects/gemini/errors.ts";
import { member } from "../../dialects/gemini/read.ts";
import { payloadFailure } from "../../dialects/gemini/validate.ts";
import { protoProblems } from "../../dialects/gemini/validate-fields.ts";
import { accountOf } from "../../dialects/shared.ts";
import type { Failure } from "../../exchange.ts";
import { type Fields, isAbsent, textOf } from "../../json.ts";
import { promptTokens } from "../../reply.ts";
import type { KeptContent } from "../../state.ts";
import { jsonReply, type Service, type ServiceCall, type ServiceReply } from "../service.ts";

const PATH = /\/(?:v1beta1?|v1)\/((?:projects\/[^/]+\/locations\/[^/]+\/)?cachedContents)(?:\/([^/:]+))?$/;

/** Explicit caches: https://ai.google.dev/api/caching */
export const geminiCaches: Service = {
  errors: "gemini",
  match: ({ method, path }) => {
    const [whole, , id] = PATH.exec(path) ?? [];
    if (whole === undefined) return undefined;
    const known = id === undefined ? ["GET", "POST"] : ["GET", "PATCH", "DELETE"];
    return known.includes(method) ? {} : undefined;
  },
  answer: (call) => {
    const [, collection = "", id] = PATH.exec(call.exchange.path) ?? [];
    if (id === undefined) return call.method === "POST" ? create(call, collection) : list(call);
    const name = `${collection}/${decodeURIComponent(id)}`;
    const kept = call.state.cachedContents.get(name);
    if (kept === undefined || !isOwn(call, kept)) {
      return { status: 403, message: "CachedContent not found (or permission denied)", type: "PERMISSION_DENIED" };
    }
    if (call.method === "DELETE") {
      call.state.cachedContents.delete(name);
      return jsonReply({});
    }
    return call.method === "PATCH" ? prolong(call, name, kept) : jsonReply(kept.told);
  },
};

const nowOf = ({ state }: ServiceCall): number => (state.caching?.now ?? Date.now)();

const isOwn = (call: ServiceCall, { account, until }: KeptContent): boolean =>
  account === accountOf(call.exchange) && until > nowOf(call);

const CONTENT = ["contents", "systemInstruction", "tools", "toolConfig"];
const HOUR = 3600;
/** Where no minimum is asked for, as Gemini 2.5 Flash has it. */
const SMALLEST = 1024;

function create(call: ServiceCall, collection: string): ServiceReply | Failure {
  const { body } = call.exchange;
  const problems = protoProblems(body, "CachedContent");
  if (problems.length > 0) return payloadFailure(problems);
  const named = textOf(body["model"]);
  const model = /(?:^|\/)models\/([^/]+)$/.exec(named ?? "")?.[1];
  if (named === undefined || model === undefined)
    return invalid("* CreateCachedContentRequest.model: model is required\n");
  const content = Object.fromEntries(
    CONTENT.flatMap((field) => (isAbsent(member(body, field)) ? [] : [[field, member(body, field)]])),
  );
  const tokens = promptTokens(content["systemInstruction"], content["tools"], content["contents"]);
  const smallest = call.state.caching?.minimumTokens(model) ?? SMALLEST;
  if (tokens < smallest) {
    return invalid(`Cached content is too small. total_token_count=${tokens}, min_total_token_count=${smallest}`);
  }
  const seconds = secondsOf(body);
  if (seconds === undefined)
    return invalid("Invalid value at 'cached_content.ttl' (type.googleapis.com/google.protobuf.Duration)");
  const name = `${collection}/${randomUUID().replaceAll("-", "")}`;
  const until = nowOf(call) + seconds * 1000;
  const at = new Date(nowOf(call)).toISOString();
  const told = {
    name,
    model: named,
    createTime: at,
    updateTime: at,
    expireTime: new Date(until).toISOString(),
    displayName: body["displayName"] ?? "",
    usageMetadata: { totalTokenCount: tokens },
  };
  call.state.cachedContents.set(name, { account: accountOf(call.exchange), model, tokens, until, content, told });
  return jsonReply(told);
}

/** A duration: `300s`. Undefined: none. */
function secondsOf(body: Fields): number | undefined {
  const { ttl } = body;
  if (isAbsent(ttl)) return HOUR;
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(ttl) ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function prolong(call: ServiceCall, name: string, kept: KeptContent): ServiceReply | Failure {
  const seconds = secondsOf(call.exchange.body);
  if (seconds === undefined)
    return invalid("Invalid value at 'cached_content.ttl' (type.googleapis.com/google.protobuf.Duration)");
  const until = nowOf(call) + seconds * 1000;
  const told = { ...kept.told, expireTime: new Date(until).toISOString() };
  call.state.cachedContents.set(name, { ...kept, until, told });
  return jsonReply(told);
}

function list(call: ServiceCall): ServiceReply {
  const own = call.state.cachedContents.values().filter((kept) => isOwn(call, kept));
  return jsonReply({ cachedContents: own.map(({ told }) => told) });
}
