import { anyrouter } from "./anyrouter.ts";
import { anyrouterMcp } from "./anyrouter-mcp.ts";
import type { Example } from "./example.ts";
import { inworldChat } from "./inworld-chat.ts";
import { inworldMedia } from "./inworld-media.ts";
import { inworldModels } from "./inworld-models.ts";
import { inworldRouters } from "./inworld-routers.ts";
import { routeway } from "./routeway.ts";
import { routewayImages } from "./routeway-images.ts";
import { routewayResponses } from "./routeway-responses.ts";
import { torouter } from "./torouter.ts";

/**
 * The examples of the four vendors' documents. Routers come first, since others call them.
 *
 * Not here, as what they ask for does not exist: speech of any model's chat by a second one, the
 * response cache, cache breakpoints that are put in by the gateway, compression, searches that the gateway makes; AnyRouter's `/batch`,
 * of which its documents have nothing but the name, and its OAuth.
 */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  "Inworld: routers": inworldRouters,
  "Inworld: chats and messages": inworldChat,
  "Inworld: pictures, sound, moderation": inworldMedia,
  "Inworld: models": inworldModels,
  Routeway: routeway,
  "Routeway: pictures": routewayImages,
  "Routeway: responses": routewayResponses,
  ToRouter: torouter,
  AnyRouter: anyrouter,
  "AnyRouter: MCP": anyrouterMcp,
};
