import { anyrouter } from "./anyrouter.ts";
import type { Example } from "./example.ts";
import { inworldChat } from "./inworld-chat.ts";
import { inworldModels } from "./inworld-models.ts";
import { inworldRouters } from "./inworld-routers.ts";
import { routeway } from "./routeway.ts";
import { torouter } from "./torouter.ts";

/**
 * The examples of the four vendors' documents. Routers come first, since others call them.
 *
 * Not here, as what they ask for does not exist yet: `/v1/batch`, `/v1/completions`, `/v1/embeddings`, `/v1/images/*`, moderations,
 * speech (`audio`) and images (`image_config`) in chats, the response cache, cache breakpoints that are put in by the gateway,
 * compression, searches that the gateway makes, AnyRouter's MCP and OAuth.
 */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  "Inworld: routers": inworldRouters,
  "Inworld: chats and messages": inworldChat,
  "Inworld: models": inworldModels,
  Routeway: routeway,
  ToRouter: torouter,
  AnyRouter: anyrouter,
};
