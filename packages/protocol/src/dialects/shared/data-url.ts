/** `data:image/png;base64,…` in its two halves, or undefined when it is not a base64 data URL (RFC 2397). */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (!url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  const head = url.slice(5, comma);
  if (comma < 0 || !head.endsWith(";base64")) return undefined;
  const mediaType = head.slice(0, -";base64".length).split(";")[0];
  return {
    mediaType: mediaType === undefined || mediaType === "" ? "text/plain" : mediaType,
    data: url.slice(comma + 1),
  };
}

export function formatDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
