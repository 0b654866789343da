import type { Dispatcher } from "undici";
import type { Cancellation } from "./cancellation.ts";
import { withoutAwsFraming } from "./framing/aws-event-stream.ts";
import { type ResponseBodyWriter, responseBody } from "./response-body.ts";
import type { UpstreamAnswer } from "./wire.ts";

export interface SendOptions {
  readonly cancel: Cancellation;
  /** A connection takes the request: before it the upstream cannot know of it, from here on it may. */
  readonly onSent?: (() => void) | undefined;
}

/**
 * Resolves at the answer's head; a stream in AWS's framing comes out as server-sent events. undici's `dispatch` rather than its `request`: the same exchange without a web-flavoured
 * Readable and an AbortSignal around it, which cost as much as the rest of the call.
 */
export function send(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { cancel, onSent }: SendOptions,
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    let body: ResponseBodyWriter | undefined;
    let started: Dispatcher.DispatchController | undefined;
    // Also while the request waits for a connection, when there is nothing to abort yet.
    const forget = cancel.onAbort((reason) => {
      started?.abort(reason);
      reject(reason);
    });
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        started = controller;
        const reason = cancel.reason();
        if (reason === undefined) onSent?.();
        else controller.abort(reason);
      },
      onResponseStart(controller, status, headers) {
        if (status < 200) return;
        body = responseBody({
          pause: () => controller.pause(),
          resume: () => controller.resume(),
          abort: (reason) => controller.abort(reason),
        });
        resolve(withoutAwsFraming({ status, headers, body }, request.path));
      },
      onResponseData: (_controller, chunk) => body?.push(chunk),
      onResponseEnd() {
        forget();
        body?.end();
      },
      onResponseError(_controller, error) {
        forget();
        body?.fail(error);
        reject(error);
      },
    });
  });
}
