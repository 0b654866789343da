import { type Fields, fieldsOf, isAbsent, isFields, listOf } from "../../json.ts";

/**
 * The proto messages of a request as `field: type`, `[]` for repeated. `any` is a free JSON value. Only what is listed
 * is a field: https://ai.google.dev/api/generate-content
 */
const SOURCES: Readonly<Record<string, string>> = {
  GenerateContentRequest:
    "model:string contents:Content[] systemInstruction:Content tools:Tool[] toolConfig:ToolConfig safetySettings:SafetySetting[] generationConfig:GenerationConfig cachedContent:string store:boolean serviceTier:string labels:any",
  CachedContent:
    "model:string displayName:string contents:Content[] systemInstruction:Content tools:Tool[] toolConfig:ToolConfig ttl:string expireTime:string",
  CountTokensRequest: "model:string contents:Content[] generateContentRequest:GenerateContentRequest",
  Content: "role:string parts:Part[]",
  Part: "text:string thought:boolean thoughtSignature:bytes inlineData:Blob fileData:FileData functionCall:FunctionCall functionResponse:FunctionResponse executableCode:any codeExecutionResult:any videoMetadata:any partMetadata:any mediaResolution:any mediaProcessing:string toolCall:any toolResponse:any",
  Blob: "mimeType:string data:bytes displayName:string",
  FileData: "mimeType:string fileUri:string displayName:string",
  FunctionCall: "id:string name:string args:struct",
  FunctionResponse:
    "id:string name:string response:struct parts:FunctionResponsePart[] scheduling:string willContinue:boolean",
  FunctionResponsePart: "inlineData:Blob fileData:FileData",
  Tool: "functionDeclarations:FunctionDeclaration[] googleSearch:any googleSearchRetrieval:any codeExecution:any urlContext:any computerUse:any fileSearch:any googleMaps:any mcpServers:any",
  FunctionDeclaration:
    "name:string description:string parameters:Schema parametersJsonSchema:any response:Schema responseJsonSchema:any behavior:string",
  Schema:
    "type:string format:string title:string description:string nullable:boolean enum:string[] maxItems:number minItems:number properties:map required:string[] minProperties:number maxProperties:number minLength:number maxLength:number pattern:string example:any anyOf:Schema[] propertyOrdering:string[] default:any items:Schema minimum:number maximum:number",
  ToolConfig:
    "functionCallingConfig:FunctionCallingConfig retrievalConfig:any includeServerSideToolInvocations:boolean",
  FunctionCallingConfig: "mode:string allowedFunctionNames:string[]",
  SafetySetting: "category:string threshold:string",
  GenerationConfig:
    "candidateCount:number stopSequences:string[] maxOutputTokens:number temperature:number topP:number topK:number seed:number presencePenalty:number frequencyPenalty:number responseLogprobs:boolean logprobs:number responseMimeType:string responseSchema:Schema responseJsonSchema:any responseModalities:string[] responseFormat:any thinkingConfig:ThinkingConfig speechConfig:any imageConfig:any mediaResolution:string enableEnhancedCivicAnswers:boolean enableAffectiveDialog:boolean audioTranscriptionConfig:any translationConfig:any",
  ThinkingConfig: "includeThoughts:boolean thinkingBudget:number thinkingLevel:string",
};

interface Field {
  readonly protoName: string;
  readonly type: string;
  readonly repeated: boolean;
}

const protoName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Each message's fields, by their JSON names and by their proto names. */
const MESSAGES: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map(
  Object.entries(SOURCES).map(([message, source]) => [message, new Map(source.split(" ").flatMap(fieldEntries))]),
);

function fieldEntries(source: string): readonly (readonly [string, Field])[] {
  const [name = "", written = "any"] = source.split(":");
  const repeated = written.endsWith("[]");
  const field = { protoName: protoName(name), type: repeated ? written.slice(0, -2) : written, repeated };
  return [
    [name, field],
    [field.protoName, field],
  ];
}

export interface Problem {
  readonly field: string;
  readonly description: string;
}

/** What proto-JSON parsing finds wrong; empty when the message is well formed. */
export function protoProblems(message: Fields, type: string): readonly Problem[] {
  const problems: Problem[] = [];
  checkMessage(message, { type, path: "" }, problems);
  return problems;
}

interface Place {
  readonly type: string;
  readonly path: string;
}

function checkMessage(message: Fields, { type, path }: Place, problems: Problem[]): void {
  const known = MESSAGES.get(type);
  for (const [name, value] of Object.entries(message)) {
    const field = known?.get(name);
    if (field === undefined) problems.push(unknownName(name, path));
    else checkField(value, field, { path: path === "" ? field.protoName : `${path}.${field.protoName}`, problems });
  }
}

function unknownName(name: string, path: string): Problem {
  const where = path === "" ? "" : ` at '${path}'`;
  return {
    field: path,
    description: `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`,
  };
}

interface Walk {
  readonly path: string;
  readonly problems: Problem[];
}

function checkField(value: unknown, field: Field, walk: Walk): void {
  if (isAbsent(value)) return;
  if (!field.repeated) {
    checkValue(value, field.type, walk);
    return;
  }
  // A single value where a list is expected is taken as a list of one.
  const list = Array.isArray(value) ? listOf(value) : [value];
  for (const [index, item] of list.entries()) checkValue(item, field.type, { ...walk, path: `${walk.path}[${index}]` });
}

function checkValue(value: unknown, type: string, { path, problems }: Walk): void {
  if (MESSAGES.has(type)) {
    if (isFields(value)) checkMessage(value, { type, path }, problems);
    else problems.push(wrongType(path, `type.googleapis.com/google.ai.generativelanguage.v1beta.${type}`, value));
  } else if (type === "map") {
    // Google counts the entries of a map and does not name them.
    for (const [index, schema] of Object.values(fieldsOf(value)).entries())
      checkValue(schema, "Schema", { path: `${path}[${index}].value`, problems });
  } else if (!SCALARS[type]?.(value)) problems.push(wrongType(path, SCALAR_NAMES[type] ?? type, value));
}

const isNumber = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: isNumber,
  struct: isFields,
  bytes: (value) => typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value),
};

const SCALAR_NAMES: Readonly<Record<string, string>> = {
  string: "TYPE_STRING",
  boolean: "TYPE_BOOL",
  number: "TYPE_INT32",
  bytes: "TYPE_BYTES",
  struct: "type.googleapis.com/google.protobuf.Struct",
};

function wrongType(path: string, type: string, value: unknown): Problem {
  const shown = JSON.stringify(value).slice(0, 80);
  const text = type === "TYPE_BYTES" && typeof value === "string" ? `Base64 decoding failed for ${shown}` : shown;
  return { field: path, description: `Invalid value at '${path}' (${type}), ${text}` };
}
