import { describe, expect, test } from "vitest";
import type { AccessPolicy, OwnerKind } from "../config/access.ts";
import { plainKey } from "../config/client-key.ts";
import type { ClientKey } from "../config/settings.ts";
import { type Calling, checkCaller } from "./check-caller.ts";

const now = 1_000_000;
const calling: Calling = { address: "10.1.2.3", surface: "openai-chat", now };

function key(policies: readonly AccessPolicy[], more: Partial<ClientKey> = {}): ClientKey {
  const kinds: readonly OwnerKind[] = ["key", "team", "org"];
  const owned = policies.map((policy, index) => ({ kind: kinds[index] ?? "org", id: String(index), policy }));
  return plainKey({ id: "k", name: "k", hash: "0".repeat(64), policies: owned, ...more });
}

describe("the addresses of a key", () => {
  test.each<[string, string, AccessPolicy[], boolean]>([
    ["nobody says anything of them", "10.1.2.3", [{}, {}], true],
    ["it is in an allowed range", "10.1.2.3", [{ allowCidrs: ["10.0.0.0/8"] }], true],
    ["it is in none", "11.1.2.3", [{ allowCidrs: ["10.0.0.0/8"] }], false],
    ["no range is allowed", "10.1.2.3", [{ allowCidrs: [] }], false],
    ["it is denied", "10.1.2.3", [{ denyCidrs: ["10.1.0.0/16"] }], false],
    ["another is denied", "10.2.2.3", [{ denyCidrs: ["10.1.0.0/16"] }], true],
    [
      "it is denied within the allowed",
      "10.1.2.3",
      [{ allowCidrs: ["10.0.0.0/8"], denyCidrs: ["10.1.0.0/16"] }],
      false,
    ],
    [
      "the team denies what the key allows",
      "10.1.2.3",
      [{ allowCidrs: ["10.1.2.3"] }, { denyCidrs: ["10.0.0.0/8"] }],
      false,
    ],
    [
      "the organisation allows less than the key",
      "10.1.2.3",
      [{ allowCidrs: ["10.0.0.0/8"] }, {}, { allowCidrs: ["192.0.2.0/24"] }],
      false,
    ],
    ["all of them allow it", "10.1.2.3", [{ allowCidrs: ["10.0.0.0/8"] }, { allowCidrs: ["10.1.0.0/16"] }], true],
    ["nobody knows it, and some are allowed", "", [{ allowCidrs: ["0.0.0.0/0", "::/0"] }], false],
    ["nobody knows it, and some are denied", "", [{ denyCidrs: ["192.0.2.0/24"] }], false],
    ["nobody knows it, and it does not matter", "", [{ denyCidrs: [] }], true],
  ])("when %s (%s)", (...[, address, policies, allowed]) => {
    const check = () => checkCaller(key(policies), { ...calling, address });
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "permission_denied" }));
  });
});

describe("the surfaces of a key", () => {
  test.each<[AccessPolicy[], boolean]>([
    [[{}], true],
    [[{ surfaces: ["openai-chat", "gemini"] }], true],
    [[{ surfaces: ["gemini"] }], false],
    [[{ surfaces: [] }], false],
    [[{ surfaces: ["openai-chat"] }, { surfaces: ["gemini"] }], false],
  ])("%j: %s", (policies, allowed) => {
    const check = () => checkCaller(key(policies), calling);
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "permission_denied" }));
    expect(() => checkCaller(key(policies), { address: calling.address, now })).not.toThrow();
  });
});

test.each([
  ["disabled", { disabled: true }],
  ["expired", { expiresAt: now - 1 }],
  ["expiring now", { expiresAt: now }],
])("a key that is %s is told the same as one that is none", (_what, more) => {
  expect(() => checkCaller(key([], more), calling)).toThrow(
    expect.objectContaining({
      code: "invalid_api_key",
      message: expect.stringContaining("No valid API key was sent."),
    }),
  );
});

test("a key works until it expires", () => {
  expect(() => checkCaller(key([], { expiresAt: now + 1 }), calling)).not.toThrow();
});
