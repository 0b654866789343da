import { GatewayError, invalidRequest } from "@signalbox/protocol";

/** What stands behind `/passthrough/`: whom to ask, and for what. */
export interface BarePath {
  /** A provider's id, as it was sent. */
  readonly provider: string;
  /** Begins with a slash; as it was sent, and nothing in it that anybody could resolve to another path. */
  readonly rest: string;
}

/**
 * Reads the path of a passthrough request as it came, before anybody has decoded it. What two readers could understand differently is
 * refused: segments of dots, empty ones, encoded slashes and backslashes, and these encoded twice. Throws `invalid_request` or `not_found`.
 */
export function readBarePath(path: string): BarePath {
  const [, provider, rest] = /\/passthrough\/([^/]+)(\/.*)$/.exec(path) ?? [];
  if (provider === undefined || rest === undefined || rest === "/") {
    throw new GatewayError("not_found", "Name a provider and a path of its API: /passthrough/{provider}/{path}.");
  }
  const segments = rest.slice(1).split("/");
  // One at the end is a trailing slash, which is the vendor's to understand.
  const inner = segments.at(-1) === "" ? segments.slice(0, -1) : segments;
  if (!inner.every(isPlain)) {
    throw invalidRequest(
      "The path behind the provider must be plain: no '.', '..' or empty segments, and no encoded slashes, backslashes or controls.",
    );
  }
  return { provider, rest };
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-3.3 */
const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+$/i;

function isPlain(segment: string): boolean {
  if (!SEGMENT.test(segment)) return false;
  const decoded = decodedOf(segment);
  // Some servers take `..;x` for `..`.
  if (decoded === undefined || /^\.{1,2}(?:;|$)/.test(decoded)) return false;
  return !/[/\\]|%(?:2e|2f|5c)/i.test(decoded) && ![...decoded].some(isControl);
}

function decodedOf(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || code === 0x7f;
}
