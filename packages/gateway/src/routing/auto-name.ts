/** A model that is chosen for the request, under the names that other systems have for it too. */
export const AUTO_NAMES: ReadonlySet<string> = new Set([
  "auto",
  "signalbox/auto",
  "router/auto",
  "inworld/auto",
  "anyrouter/auto",
]);
