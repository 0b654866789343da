import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, isFields, listOf, textOf } from "../../json.ts";
import {
  describeBase64,
  describeDataUrl,
  describeUrl,
  type OutputWish,
  type RequestView,
  type SearchWish,
  type Turn,
} from "../../request-view.ts";
import { isSearchModel, SERVER_TOOLS } from "./search.ts";

export function read({ body, baseModel }: Exchange): RequestView {
  const messages = listOf(body["messages"]).filter(isFields);
  return {
    system: messages
      .filter(isSystem)
      .flatMap((message) => textsOf(message["content"]))
      .join("\n"),
    turns: messages.flatMap(readMessage),
    ...readPrefill(messages.at(-1), body["continue_final_message"] === true),
    output: readModalities(body) ?? readOutput(body["response_format"]),
    search: readSearch(body, baseModel),
    thinking: "on-demand",
  };
}

function readPrefill(last: Fields | undefined, isMarked: boolean): Pick<RequestView, "prefill"> {
  const marked = isMarked || last?.["prefix"] === true || last?.["partial"] === true;
  if (last?.["role"] !== "assistant" || !marked) return {};
  return { prefill: textsOf(last["content"]).join("") };
}

const isSystem = (message: Fields): boolean => message["role"] === "system" || message["role"] === "developer";

function readMessage(message: Fields): readonly Turn[] {
  switch (message["role"]) {
    case "user":
      return [{ role: "user", texts: textsOf(message["content"]), media: mediaOf(message["content"]) }];
    case "assistant":
      return [{ role: "assistant", calls: listOf(message["tool_calls"]).length }];
    case "tool":
      return [{ role: "tool", results: [readResult(message)] }];
    default:
      return [];
  }
}

function readResult(message: Fields): { id: string; text: string; media: readonly string[] } {
  const content = message["content"];
  return { id: textOf(message["tool_call_id"]) ?? "", text: textsOf(content).join("\n"), media: mediaOf(content) };
}

function textsOf(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  return listOf(content)
    .map((part) => textOf(fieldsOf(part)["text"]))
    .filter((text) => text !== undefined);
}

function mediaOf(content: unknown): readonly string[] {
  return listOf(content)
    .map((part) => describePart(fieldsOf(part)))
    .filter((description) => description !== undefined);
}

function describePart(part: Fields): string | undefined {
  switch (part["type"]) {
    case "image_url":
      return describeDataUrl("image", textOf(fieldsOf(part["image_url"])["url"]) ?? "");
    case "input_audio": {
      const audio = fieldsOf(part["input_audio"]);
      return describeBase64(`audio/${textOf(audio["format"]) ?? "wav"}`, textOf(audio["data"]) ?? "");
    }
    case "file": {
      const file = fieldsOf(part["file"]);
      const data = textOf(file["file_data"]);
      return data === undefined
        ? describeUrl("file", textOf(file["file_id"]) ?? "")
        : describeDataUrl("application/pdf", data);
    }
    default:
      return undefined;
  }
}

function readOutput(format: unknown): OutputWish {
  const { type, json_schema } = fieldsOf(format);
  if (type === "json_object") return { type: "json" };
  if (type === "json_schema") return { type: "json", schema: fieldsOf(fieldsOf(json_schema)["schema"]) };
  return { type: "text" };
}

/** Only servers that are not OpenAI's get past the validation with pictures. */
function readModalities(body: Fields): OutputWish | undefined {
  const modalities = listOf(body["modalities"]);
  if (modalities.includes("audio")) return { type: "audio" };
  if (!modalities.includes("image")) return undefined;
  return { type: modalities.includes("text") ? "text-and-image" : "image" };
}

/** Models made for it search always. Groq's fields say the same as OpenRouter's. */
function readSearch(body: Fields, model: string): SearchWish | undefined {
  const tool = listOf(body["tools"])
    .map(fieldsOf)
    .find(({ type }) => SERVER_TOOLS.includes(String(type)));
  const isAsked = [tool, body["web_search_options"], body["search_settings"]].some((wish) => !isAbsent(wish));
  if (!isAsked && !isSearchModel(model)) return undefined;
  const limits = { ...fieldsOf(body["search_settings"]), ...fieldsOf(tool?.["parameters"]) };
  return {
    allowed: listOf(limits["allowed_domains"] ?? limits["include_domains"]).map(String),
    blocked: listOf(limits["excluded_domains"] ?? limits["exclude_domains"]).map(String),
  };
}
