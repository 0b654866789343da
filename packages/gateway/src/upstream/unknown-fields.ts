/** Without these a request is another request: an upstream that refuses one of them has refused it all. */
const ESSENTIAL: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "input",
  "contents",
  "system",
  "instructions",
  "systemInstruction",
  "tools",
  "max_tokens",
]);

/**
 * How vendors say that they do not know a field. Anthropic's dialect at Bedrock, Vertex and look-alikes, FastAPI servers,
 * OpenAI (two generations), Google.
 */
const WORDINGS: readonly RegExp[] = [
  /([\w.[\]-]+): Extra inputs are not permitted/g,
  /body ((?:[\w-]+ )+)Extra inputs are not permitted/g,
  /Unknown parameter: '([^']{1,200})'/g,
  // Bedrock's own check of a body.
  /#([\w/]*: extraneous key \[[^\]]{1,100})\] is not permitted/g,
  /Unrecognized request arguments? supplied: ([\w.,[\] -]{1,200})/g,
];
/** Anthropic and Vertex name the betas that they do not know, Bedrock only says that there is one. */
const BETAS = /Unexpected value\(s\) ((?:`[^`]{1,100}`(?:, )?){1,16}) for the `?anthropic[-_]beta/;
const BETA_FLAG = /^invalid beta flag\.?$/i;
const GOOGLE = /Unknown name "([^"]{1,100})"(?: at '([^']{0,200})')?: Cannot find field/g;

const MOST = 16;

/**
 * The fields that a refusal says the upstream does not know, as paths: `context_management`, `tools.*.defer_loading`.
 * Empty when it says something else, or names what a request cannot be without.
 */
export function unknownFields(message: string): readonly string[] {
  const found = WORDINGS.flatMap((wording) =>
    [...message.matchAll(wording)].flatMap(([, names = ""]) => namesIn(wording, names)),
  );
  for (const [, name = "", place = ""] of message.matchAll(GOOGLE))
    found.push(place === "" ? name : `${place}.${name}`);
  for (const [, name = ""] of (BETAS.exec(message)?.[1] ?? "").matchAll(/`([^`]+)`/g))
    found.push(`anthropic_beta.${name}`);
  if (BETA_FLAG.test(message.trim())) found.push("anthropic_beta");
  const paths = [...new Set(found.map(pathOf))].filter((path) => path !== "" && !ESSENTIAL.has(path));
  return paths.slice(0, MOST);
}

function namesIn(wording: RegExp, names: string): readonly string[] {
  if (wording.source.startsWith("body")) return [names.trim().replaceAll(" ", ".")];
  // `/tools/0: extraneous key [strict`
  if (wording.source.startsWith("#")) return [names.replace(": extraneous key [", "/").replaceAll("/", ".")];
  return names.split(",").map((name) => name.trim());
}

/** `tools[0].function_declarations[2].x` and `tools.0.custom.x` → steps with `*` for every index. */
function pathOf(name: string): string {
  return name
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? "*" : step))
    .join(".");
}
