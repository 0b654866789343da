export type { OpenAiResponsesQuirks } from "./quirks.ts";
