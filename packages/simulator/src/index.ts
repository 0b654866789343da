export type { SimulatedConversation, SimulatedRequest } from "./conversations/conversation.ts";
export { type OneOffKind, type OneOffWish, oneOffKinds, oneOffPrompts } from "./conversations/one-off-prompts.ts";
export { type ConversationWish, type Persona, personas, simulateConversation } from "./conversations/personas.ts";
export type { DialectId } from "./exchange.ts";
export { type Fault, type FaultPlan, FaultQueue, parseFaults, type QueuedFault } from "./faults.ts";
export { Journal, type JournalEntry, type ReplyUsage } from "./journal.ts";
export {
  type CacheCounts,
  type CachedPrompt,
  type PromptBlock,
  type PromptCacheModel,
  type PromptCacheSettings,
  promptCacheModel,
} from "./prompt-cache.ts";
export { type Simulator, type SimulatorOptions, startSimulator } from "./server.ts";
export type { ReceivedForm, ReceivedPart } from "./services/form.ts";
export type { PromptCaching } from "./state.ts";
