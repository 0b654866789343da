export type { AnthropicMessagesQuirks } from "./quirks.ts";
