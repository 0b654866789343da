/** Dates and versions that vendors put behind a model's name: `-20250929`, `@20250929`, `-2025-08-07`, `-v1:0`, `-latest`. */
const SUFFIX = /(?:[-@]20\d{6}|-20\d\d-\d\d-\d\d|@default|-v\d+:\d+|-latest)$/;

/** The name as a table knows it: in lower case, without what only tells when it was released. */
export function undatedId(model: string): string {
  let id = model.toLowerCase();
  for (let shorter = id.replace(SUFFIX, ""); shorter !== id; shorter = id.replace(SUFFIX, "")) id = shorter;
  return id;
}

/** Before Bedrock's names of other vendors' models: `us.anthropic.claude-…`. */
const VENDOR =
  /^(?:[a-z]{2,6}(?:-gov)?\.)?(?:anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|openai|qwen|zai)\./;

/** The name by which families of models are told apart: no vendor, no date, no `:free`. */
export function familyName(model: string): string {
  const bare = undatedId(model.slice(model.lastIndexOf("/") + 1)).replace(VENDOR, "");
  return bare.includes(":") ? bare.slice(0, bare.indexOf(":")) : bare;
}

/**
 * What Bedrock's name of a model may stand under, the closest first: without its version, without the region of its inference
 * profile, which is billed as the model is there, and without its vendor. `global.…` and `us-gov.…` have prices of their own.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html
 */
export function bedrockNames(model: string): readonly string[] {
  const versionless = model.replace(/-v\d+(?::\d+)?$/, "");
  const regionless = versionless.replace(/^(?!global\.)[a-z]{2,5}\.(?=[a-z0-9]+\.)/, "");
  const vendorless = regionless.replace(/^(?!global\.|us-gov\.)[a-z0-9]+\.(?=[a-z])/, "");
  return [...new Set([model, versionless, regionless, vendorless])];
}
