import { GatewayError } from "@signalbox/protocol";
import type { Credential, ResolvedProvider } from "../../providers/resolved.ts";
import { entrantOf } from "../../routing/access/access.ts";
import { accountsAt } from "../../routing/access/accounts.ts";
import type { UpstreamKeeper } from "../../store/responses/response-rows.ts";
import { cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import { dispatch } from "../../upstream/dispatch.ts";
import { callUrl } from "../../upstream/endpoint-url.ts";
import { readBody } from "../../upstream/read-body.ts";
import { startWatchdog } from "../../upstream/watchdog.ts";
import type { Exchange } from "../exchange.ts";
import { refusalOf } from "../refusal.ts";

const ANSWER_LIMIT = 256 * 1024 * 1024;

export interface KeeperQuestion {
  readonly method: "GET" | "DELETE";
  /** The client's, without credentials. */
  readonly query: string;
  /** Below the response: `/input_items`. */
  readonly below?: string;
}

/**
 * Asks the upstream that keeps a response, by the account under which it was made. Undefined: it is not there any more, or the account
 * is not this key's to use any more.
 */
export async function askKeeper(
  exchange: Exchange,
  keeper: UpstreamKeeper,
  question: KeeperQuestion,
): Promise<Buffer | undefined> {
  const { snapshot, services } = exchange;
  const provider = snapshot.providers.get(keeper.provider);
  const endpoint = provider?.endpoints["openai-responses"];
  const account = provider === undefined ? undefined : accountAt(exchange, provider, keeper);
  if (endpoint === undefined || account === undefined) return undefined;
  const { timeouts } = snapshot;
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const watchdog = startWatchdog(timeouts, cancel.abort);
  const { method, query, below = "" } = question;
  const url = callUrl(endpoint, { operation: "generate", model: "", stream: false, query });
  url.pathname += `/${encodeURIComponent(keeper.id)}${below}`;
  const { credential } = account;
  try {
    const headers = { accept: "application/json" };
    const upstream = { place: endpoint, credential, method, url, headers };
    const answer = await dispatch(upstream, { agents: services.agents, timeouts, cancel });
    if (answer.status === 404) {
      await readBody(answer.body, ANSWER_LIMIT);
      return undefined;
    }
    if (answer.status >= 400) {
      const place = { place: endpoint, credential, dialect: endpoint.dialect, sameDialect: true, cancel };
      throw await refusalOf(place, answer);
    }
    return await readBody(answer.body, ANSWER_LIMIT);
  } catch (error) {
    throw cancel.reason() ?? (error instanceof GatewayError ? error : asFailure(error));
  } finally {
    watchdog.stop();
    forget();
  }
}

const asFailure = (error: unknown): unknown =>
  error instanceof Error && error.name === "AttemptFailure" ? error : classifyTransportError(error);

function accountAt(
  { outcome, snapshot }: Exchange,
  provider: ResolvedProvider,
  keeper: UpstreamKeeper,
): { readonly credential: Credential | undefined } | undefined {
  const { key } = outcome;
  if (key === undefined) return undefined;
  const accounts = accountsAt(provider, entrantOf(key, snapshot));
  if ("objection" in accounts) return undefined;
  const credentials = accounts.credentials ?? provider.credentials;
  if (keeper.credential === undefined) return credentials.length === 0 ? { credential: undefined } : undefined;
  const credential = credentials.find(({ id }) => id === keeper.credential);
  return credential === undefined ? undefined : { credential };
}
