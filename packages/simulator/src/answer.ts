import { type Content, has } from "./delivery.ts";
import type { Dialect, PromptUsage } from "./dialects/dialect.ts";
import { requestNumber } from "./dialects/shared.ts";
import type { Exchange, Failure } from "./exchange.ts";
import type { Fault, FaultPlan } from "./faults.ts";
import { buildReply, type Reply } from "./reply.ts";
import type { RequestView } from "./request-view.ts";
import { chooseScenario, type Scenario } from "./scenarios.ts";
import type { SimulatorState } from "./state.ts";

export const HTML =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n";

/** Everything about one request that decides its answer. */
export interface Case {
  readonly dialect: Dialect;
  readonly exchange: Exchange;
  readonly state: SimulatorState;
  readonly view: RequestView;
  readonly scenario: Scenario;
  readonly faults: readonly Fault[];
  /** What is wrong before the request is looked into: its credential, or that it is not JSON. */
  readonly refused: Failure | undefined;
}

export type OpenCase = Omit<Case, "faults" | "refused">;

export function openCase(dialect: Dialect, exchange: Exchange, state: SimulatorState): OpenCase {
  const view = dialect.read(exchange, state);
  return { dialect, exchange, state, view, scenario: chooseScenario(view) };
}

/** The faults of the step that is played, as far as their limits allow. */
export function scenarioFaults({ scenario, exchange, state }: OpenCase): FaultPlan {
  const written = (scenario.step ?? []).filter((directive) => directive.type === "fault");
  const plans = written.map(({ plan, specification }) => applicable({ plan, specification, exchange, state }));
  return { faults: plans.flatMap((plan) => plan.faults), problems: plans.flatMap((plan) => plan.problems) };
}

interface WrittenFaults {
  readonly plan: FaultPlan;
  readonly specification: string;
  readonly exchange: Exchange;
  readonly state: SimulatorState;
}

/** The plan without its faults when it is for another model, or used up. */
export function applicable({ plan, specification, exchange, state }: WrittenFaults): FaultPlan {
  const otherModel = plan.model !== undefined && plan.model !== exchange.baseModel;
  const apply = !otherModel && !isUsedUp(plan, `${exchange.model} ${specification}`, state);
  return apply ? plan : { faults: [], problems: plan.problems };
}

function isUsedUp({ times }: FaultPlan, key: string, { faultUses }: SimulatorState): boolean {
  if (times === undefined) return false;
  const used = faultUses.get(key) ?? 0;
  faultUses.set(key, used + 1);
  return used >= times;
}

export function answer(subject: Case): Content {
  const { dialect, exchange, faults, state } = subject;
  const asked = faultFailure(subject);
  const failure = asked ?? (has(faults, "html") ? undefined : (subject.refused ?? dialect.validate(exchange, state)));
  if (failure !== undefined) return failureContent(subject, failure);
  const html = faults.find((fault) => fault.type === "html");
  if (html !== undefined) return { ...base(subject), status: html.status, ...body("text/html", HTML) };
  if (has(faults, "ok-with-error-body"))
    return { ...failureContent(subject, dialect.errors.failureFor(500)), status: 200 };
  if (exchange.operation === "count") return json(subject, dialect.countTokens(exchange));
  return replyContent(subject);
}

function replyContent(subject: Case): Content {
  const { dialect, exchange, state, view, scenario } = subject;
  const reply = buildReply({ model: exchange.baseModel, view, scenario });
  const prompt = withFound(withDirective(dialect.promptUsage(exchange, state), reply), reply);
  const request = { exchange, reply, state, prompt };
  const usage = { input: promptTotal(prompt), output: reply.outputTokens };
  if (!exchange.stream) return { ...json(subject, dialect.respond(request)), usage };
  const headers = { "content-type": dialect.framing.contentType(exchange), "cache-control": "no-cache" };
  const from = base(subject);
  const encode = dialect.framing.encoder?.(exchange);
  return {
    ...from,
    headers: { ...from.headers, ...headers },
    body: dialect.stream(request),
    usage,
    ...(encode === undefined ? {} : { encode }),
  };
}

const promptTotal = ({ uncached, cacheRead, cacheWrite5m, cacheWrite1h }: PromptUsage): number =>
  uncached + cacheRead + cacheWrite5m + cacheWrite1h;

function withDirective(prompt: PromptUsage, { cache }: Reply): PromptUsage {
  return cache === undefined ? prompt : { ...prompt, cacheRead: cache.read, cacheWrite5m: cache.write };
}

const withFound = (prompt: PromptUsage, { readTokens }: Reply): PromptUsage =>
  readTokens === 0 ? prompt : { ...prompt, uncached: prompt.uncached + readTokens };

/** A failing status that a fault asks for. Without a stream there is no error event, so it becomes a status too. */
function faultFailure({ dialect, faults, exchange }: Case): Failure | undefined {
  const { failureFor } = dialect.errors;
  for (const fault of faults) {
    if (fault.type === "status") return withDelay(failureFor(fault.status), faults);
    if (fault.type === "context-overflow" || fault.type === "quota") return failureFor(fault.type);
    if (fault.type === "error-after" && !exchange.stream) return failureFor(500);
  }
  return undefined;
}

function withDelay(failure: Failure, faults: readonly Fault[]): Failure {
  const delay = faults.find((fault) => fault.type === "retry-after");
  return delay === undefined ? failure : { ...failure, retryAfterSeconds: delay.seconds };
}

function failureContent(subject: Case, failure: Failure): Content {
  const from = base(subject);
  const content = json(subject, subject.dialect.errors.body(failure, from.requestId, subject.exchange));
  const headers = { ...content.headers, ...subject.dialect.errors.failureHeaders(failure) };
  return { ...content, status: failure.status, headers };
}

function json(subject: Case, value: unknown): Content {
  const from = base(subject);
  return { ...from, ...body("application/json", JSON.stringify(value), from.headers) };
}

function body(type: string, text: string, headers: Content["headers"] = {}): Pick<Content, "headers" | "body"> {
  return { headers: { ...headers, "content-type": type }, body: text };
}

function base({ dialect, state }: Case): Content & { readonly requestId: string } {
  const requestId = requestNumber(state.nextRequest());
  const { errors, framing } = dialect;
  return {
    requestId,
    status: 200,
    headers: errors.headers(requestId),
    body: "",
    preludeEvents: framing.preludeEvents,
    ping: framing.ping,
    malformed: framing.malformed,
    errorEvent: (sent) => errors.event(errors.failureFor(503), sent),
    isEnd: framing.isEnd,
  };
}
