import { HTML } from "../answer.ts";
import type { Content } from "../delivery.ts";
import { has } from "../delivery.ts";
import type { Errors } from "../dialects/dialect.ts";
import { requestNumber } from "../dialects/shared.ts";
import type { Exchange, Failure } from "../exchange.ts";
import type { Fault } from "../faults.ts";
import type { SimulatorState } from "../state.ts";
import type { ReceivedForm } from "./form.ts";
import { isFailure, type Service } from "./service.ts";

interface Served {
  readonly method: string;
  readonly service: Service;
  readonly errors: Errors;
  readonly exchange: Exchange;
  readonly state: SimulatorState;
  readonly faults: readonly Fault[];
  readonly bytes: Buffer;
  readonly form?: ReceivedForm | undefined;
}

/** The answer of a service, or the failure that a fault or the request itself asks for. */
export function serviceContent(served: Served): Content {
  const { method, service, errors, exchange, state, faults, bytes, form } = served;
  const requestId = requestNumber(state.nextRequest());
  const base = {
    headers: errors.headers(requestId),
    preludeEvents: 0,
    ping: ": ping\n\n",
    malformed: "data: {not json\n\n",
    errorEvent: (sent: number) => errors.event(errors.failureFor(503), sent),
    isEnd: () => false,
  };
  const html = faults.find((fault) => fault.type === "html");
  if (html !== undefined)
    return { ...base, status: html.status, headers: { ...base.headers, "content-type": "text/html" }, body: HTML };
  const failed = asked(served) ?? errors.badCredential(exchange);
  const answer = failed ?? service.answer({ method, state, exchange, bytes, ...(form && { form }) });
  if (isFailure(answer)) {
    const headers = { ...base.headers, ...errors.failureHeaders(answer), "content-type": "application/json" };
    const status = has(faults, "ok-with-error-body") ? 200 : answer.status;
    const told = service.errorBody?.(answer) ?? errors.body(answer, requestId, exchange);
    return { ...base, status, headers, body: JSON.stringify(told) };
  }
  const { contentType, body, usage } = answer;
  return {
    ...base,
    status: 200,
    headers: { ...base.headers, "content-type": contentType },
    body,
    ...(usage && { usage }),
  };
}

function asked({ errors, faults }: Served): Failure | undefined {
  const delay = faults.find((fault) => fault.type === "retry-after");
  for (const fault of faults) {
    if (fault.type === "quota") return errors.failureFor("quota");
    if (fault.type === "ok-with-error-body") return errors.failureFor(500);
    if (fault.type === "status") {
      const failure = errors.failureFor(fault.status);
      return delay === undefined ? failure : { ...failure, retryAfterSeconds: delay.seconds };
    }
  }
  return undefined;
}
