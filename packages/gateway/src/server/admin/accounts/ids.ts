/** What has another shape than an id is looked up nowhere. */
export function isId(prefix: "org" | "team" | "group" | "cred", text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9A-Za-z]{16}$/.test(text.slice(prefix.length + 1));
}

export const isKeyId = (text: string): boolean => /^[0-9A-Za-z]{12}$/.test(text);

export const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
