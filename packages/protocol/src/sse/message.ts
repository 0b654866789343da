/** One server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface SseMessage {
  readonly event?: string;
  readonly data: string;
}
