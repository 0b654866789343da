import { anyrouter } from "./anyrouter.ts";
import { anyrouterMcp } from "./anyrouter-mcp.ts";
import type { Example } from "./example.ts";
import { inworldChat } from "./inworld-chat.ts";
import { inworldFeatures } from "./inworld-features.ts";
import { inworldMedia } from "./inworld-media.ts";
import { inworldModels } from "./inworld-models.ts";
import { inworldRouters } from "./inworld-routers.ts";
import { openrouter } from "./openrouter.ts";
import { routeway } from "./routeway.ts";
import { routewayCaching } from "./routeway-caching.ts";
import { routewayImages } from "./routeway-images.ts";
import { routewayResponses } from "./routeway-responses.ts";
import { torouter } from "./torouter.ts";

/**
 * The examples of the four vendors' documents, and of OpenRouter's words that they have in common. Routers come first, since others
 * call them.
 *
 * Not here, as what they ask for does not exist: speech of any model's chat by a second one; AnyRouter's `/batch`, of which its documents have
 * nothing but the name, and its OAuth.
 */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  "Inworld: routers": inworldRouters,
  "Inworld: chats and messages": inworldChat,
  "Inworld: searches, compression, caching": inworldFeatures,
  "Inworld: pictures, sound, moderation": inworldMedia,
  "Inworld: models": inworldModels,
  Routeway: routeway,
  "Routeway: caching": routewayCaching,
  "Routeway: pictures": routewayImages,
  "Routeway: responses": routewayResponses,
  ToRouter: torouter,
  AnyRouter: anyrouter,
  "AnyRouter: MCP": anyrouterMcp,
  OpenRouter: openrouter,
};
