/** Replaces every secret that we sent and that an upstream echoes back. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((safe, value) => (value.length < 8 ? safe : safe.replaceAll(value, "[redacted]")), text);
}
