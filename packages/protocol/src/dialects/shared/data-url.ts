/** `data:image/png;base64,…` in its two halves, or undefined when it is not a base64 data URL (RFC 2397, in any case). */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const comma = url.indexOf(",");
  const head = url.slice(0, Math.max(comma, 0)).toLowerCase();
  if (!head.startsWith("data:") || !head.endsWith(";base64")) return undefined;
  const mediaType = head.slice("data:".length, -";base64".length).split(";")[0];
  return {
    mediaType: mediaType === undefined || mediaType === "" ? "text/plain" : mediaType,
    data: url.slice(comma + 1),
  };
}

export function formatDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
