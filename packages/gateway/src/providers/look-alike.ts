import type { AnthropicMessagesQuirks, OpenAiResponsesQuirks } from "@signalbox/protocol";

/**
 * What every look-alike of the Messages API documents or is known to lack: Anthropic's betas, server tools, strict
 * tools, `output_config`, adaptive thinking and system messages in the middle. A vendor's file says where it has more.
 */
export const lookAlike: AnthropicMessagesQuirks = {
  adaptiveThinking: "enabled",
  effort: "drop",
  structuredOutput: "instruct",
  midConversationSystem: "user",
  documents: "text",
  serverTools: "drop",
  betaHeaders: "none",
  strictTools: "drop",
  toolFields: "drop",
  cacheControlTtl: "drop",
  topLevelCacheControl: "last-block",
};

/** What servers that speak the Responses API beside their own models' do not have of OpenAI's. */
export const lookAlikeResponses: OpenAiResponsesQuirks = {
  encryptedReasoning: false,
  reasoningSummary: false,
  developerRole: false,
  namespaceTools: false,
  customTools: false,
  hostedTools: [],
  searchExclusions: "none",
  imageInToolResult: false,
  fileInToolResult: false,
  minOutputTokens: 1,
  textVerbosity: false,
  endUserField: "user",
};
