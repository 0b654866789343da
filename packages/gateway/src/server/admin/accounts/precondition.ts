/** The revision that a change is made for, where its sender says so: `If-Match`, or `etag` in the body. */
export interface Precondition {
  readonly ifMatch?: string | undefined;
}

/** Undefined: any. What is no tag of ours matches nothing. */
export function revisionWanted({
  ifMatch,
  etag,
}: Precondition & { readonly etag?: string | undefined }): number | undefined {
  const tag = ifMatch !== undefined && ifMatch.trim() !== "*" ? ifMatch : etag;
  if (tag === undefined || tag === "") return undefined;
  return revisionOf(tag);
}

/** `"12"`, as every answer writes it. */
export function revisionOf(tag: string): number {
  const digits = /^"?(\d{1,15})"?$/.exec(tag.trim())?.[1];
  return digits === undefined ? -1 : Number(digits);
}
