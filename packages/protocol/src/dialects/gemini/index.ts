export type { GeminiQuirks, ThinkingLevel } from "./quirks.ts";
