/** What SDKs and the systems whose clients we take over put before the paths. Every route is served behind each of them. */
export const PREFIXES = ["", "/api", "/openai", "/anthropic", "/genai"] as const;

const PREFIX = new RegExp(`^(?:${PREFIXES.filter((prefix) => prefix !== "").join("|")})(?=[/?]|$)`);

/** The target of a request as the table of routes knows it: `/openai/v1/models?limit=1` is `/v1/models?limit=1`. */
export function withoutPrefix(target: string): string {
  const rest = target.replace(PREFIX, "");
  return rest.startsWith("/") || rest === target ? rest : `/${rest}`;
}
