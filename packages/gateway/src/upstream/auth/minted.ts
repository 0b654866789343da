import type { Credential } from "../../providers/resolved.ts";

type Revealer = Credential["reveal"];

/** By the function that all copies of a credential share: its tokens are forgotten with it. */
const minted = new WeakMap<Revealer, readonly string[]>();

/** Longer than an attempt lives no token is echoed, so the last few are enough. */
const REMEMBERED = 4;

/** A secret that was got for a credential, and goes out in its place: nobody else may read it in an upstream's answer. */
export function noteMinted({ reveal }: Pick<Credential, "reveal">, secrets: readonly string[]): void {
  const known = minted.get(reveal) ?? [];
  if (secrets.every((value) => known.includes(value))) return;
  minted.set(reveal, [...new Set([...secrets, ...known])].slice(0, REMEMBERED));
}

export function mintedFor({ reveal }: Pick<Credential, "reveal">): readonly string[] {
  return minted.get(reveal) ?? [];
}
