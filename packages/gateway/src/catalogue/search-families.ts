interface SearchFamily {
  readonly pattern: RegExp;
  readonly searches: boolean;
}

/**
 * Which models search the web when their vendor's own tool asks them to, by their family names; first match wins. What no page
 * says is left out. Whether an address takes the tool is for its quirks. Checked 2026-11-20:
 * - https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool#supported-models
 * - https://developers.openai.com/api/docs/guides/tools-web-search#limitations, and each model's page
 * - https://ai.google.dev/gemini-api/docs/google-search#supported_models
 * - https://docs.x.ai/developers/tools/web-search
 */
const searchFamilies: readonly SearchFamily[] = [
  of(/^claude-(2|instant|3-(opus|sonnet|haiku))/, false),
  of(/^claude-/, true),

  of(/^gpt-(oss|.*(realtime|transcribe|tts|image|audio))|embedding|moderation/, false),
  of(/^gpt-4\.1-nano/, false),
  of(/^gpt-(4\.1|4o|[5-9])/, true),
  of(/^o1|^o3-mini/, false),
  of(/^o[34]/, true),
  of(/^gpt-(4|3\.5)/, false),

  of(
    /^gemini-(1\.0|1\.5)|^gemini-2\.0-flash-lite|^gemini-2\.5-.*image|^gemini-.*(tts|embedding|native-audio)|^gemma/,
    false,
  ),
  of(/^gemini-([2-9]|flash|pro)/, true),

  of(/^grok-[23]/, false),
  of(/^grok-[4-9]/, true),
];

function of(pattern: RegExp, searches: boolean): SearchFamily {
  return { pattern, searches };
}

/** `name` as `familyName` makes it. */
export function searchesByItself(name: string): boolean | undefined {
  return searchFamilies.find(({ pattern }) => pattern.test(name))?.searches;
}
