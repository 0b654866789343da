import type { LimitStanding } from "../accounting/accounts.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { Exchange } from "./exchange.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * How the caller's limits stand, in the headers of its dialect and of the routers whose clients we take over. `now` is milliseconds
 * since 1970. Of several limits of one kind the tightest is told. Nothing where the caller has none.
 */
export function limitHeaders(
  dialect: SurfaceDialect,
  standings: readonly LimitStanding[],
  now: number,
): Record<string, string> {
  if (standings.length === 0) return {};
  return { ...DIALECT_HEADERS[dialect](standings, now), ...routerHeaders(standings, now) };
}

/** Puts them on whatever answer follows: a refusal has them too. */
export function tellLimits(
  { response, surface }: Pick<Exchange, "response" | "surface">,
  standings: readonly LimitStanding[],
): void {
  if (standings.length === 0 || response.headersSent) return;
  const headers = limitHeaders(surface.dialect, standings, Date.now());
  for (const name in headers) response.setHeader(name, headers[name] ?? "");
}

type Teller = (standings: readonly LimitStanding[], now: number) => Record<string, string>;

/** https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
const openai: Teller = (standings) =>
  perUnit(standings, (unit, { limit, remaining, resetMs }) => ({
    [`x-ratelimit-limit-${unit}`]: count(limit),
    [`x-ratelimit-remaining-${unit}`]: count(remaining),
    [`x-ratelimit-reset-${unit}`]: duration(resetMs),
  }));

/** https://platform.claude.com/docs/en/api/rate-limits#response-headers */
const anthropic: Teller = (standings, now) =>
  perUnit(standings, (unit, { limit, remaining, resetMs }) => ({
    [`anthropic-ratelimit-${unit}-limit`]: count(limit),
    [`anthropic-ratelimit-${unit}-remaining`]: count(remaining),
    // Whole seconds, as Anthropic writes it, and never too early.
    [`anthropic-ratelimit-${unit}-reset`]: `${new Date(seconds(now + resetMs) * 1000).toISOString().slice(0, 19)}Z`,
  }));

/** Gemini says it in the details of its errors. */
const DIALECT_HEADERS: Readonly<Record<SurfaceDialect, Teller>> = {
  "openai-chat": openai,
  "openai-responses": openai,
  "anthropic-messages": anthropic,
  gemini: () => ({}),
};

function perUnit(
  standings: readonly LimitStanding[],
  tell: (unit: LimitStanding["unit"], standing: LimitStanding) => Record<string, string>,
): Record<string, string> {
  const requests = tightest(standings, { unit: "requests", windowMs: MINUTE });
  const tokens = tightest(standings, { unit: "tokens", windowMs: MINUTE });
  return {
    ...(requests === undefined ? undefined : tell("requests", requests)),
    ...(tokens === undefined ? undefined : tell("tokens", tokens)),
  };
}

/**
 * Routeway's of requests by minute and by day (https://docs.routeway.ai), and AnyRouter's of the one limit that binds first
 * (https://anyrouter.dev): of requests where there is any, since clients take the figure for requests.
 */
function routerHeaders(standings: readonly LimitStanding[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  tellWindow(headers, "minute", tightest(standings, { unit: "requests", windowMs: MINUTE }));
  tellWindow(headers, "day", tightest(standings, { unit: "requests", windowMs: DAY }));
  const binding = tightest(standings, { unit: "requests" }) ?? tightest(standings, {});
  if (binding !== undefined) {
    headers["x-ratelimit-limit"] = count(binding.limit);
    headers["x-ratelimit-remaining"] = count(binding.remaining);
    headers["x-ratelimit-reset"] = String(seconds(now + binding.resetMs));
  }
  return headers;
}

function tellWindow(
  headers: Record<string, string>,
  window: "minute" | "day",
  standing: LimitStanding | undefined,
): void {
  if (standing === undefined) return;
  headers[`x-ratelimit-limit-${window}`] = count(standing.limit);
  headers[`x-ratelimit-remaining-${window}`] = count(standing.remaining);
  headers[`x-ratelimit-reset-${window}`] = String(seconds(standing.resetMs));
}

/** The one of that kind of which least is left; of equals the one that is longest in coming back. */
function tightest(
  standings: readonly LimitStanding[],
  { unit, windowMs }: Partial<Pick<LimitStanding, "unit" | "windowMs">>,
): LimitStanding | undefined {
  let best: LimitStanding | undefined;
  for (const next of standings) {
    if (unit !== undefined && next.unit !== unit) continue;
    if (windowMs !== undefined && next.windowMs !== windowMs) continue;
    if (best === undefined || next.remaining < best.remaining) best = next;
    else if (next.remaining === best.remaining && next.resetMs > best.resetMs) best = next;
  }
  return best;
}

const count = (value: number): string => String(Math.max(0, Math.floor(value)));

const seconds = (ms: number): number => Math.ceil(Math.max(0, ms) / 1000);

/** As OpenAI writes spans: `12ms`, `1s`, `1.5s`, `6m0s`, `1h0m0s`. */
function duration(ms: number): string {
  const whole = Math.ceil(Math.max(0, ms));
  if (whole < 1000) return `${whole}ms`;
  const rest = `${(whole % MINUTE) / 1000}s`;
  const minutes = Math.floor(whole / MINUTE);
  if (minutes === 0) return rest;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}
