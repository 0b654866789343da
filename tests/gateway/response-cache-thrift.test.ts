import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { secretOf, tenantKey } from "./objects-support.ts";
import { type Asked, asking, freshText, statusOf } from "./response-cache-support.ts";
import { targetOf } from "./routing-support.ts";
import { type Answer, type Rig, startRig } from "./support.ts";

/** Dollars per million. */
const PRICES = { dear: 1000, cheap: 10 };
const LIMIT_NANO = 500_000_000;
const SPENT = `[[say ${"x".repeat(160)}]]`;

let rig: Rig;
let asked: (asked: Asked) => Promise<Answer>;
beforeEach(async () => {
  // What is left to chance is the dear one.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  rig = await startRig({
    moreProviders: (url) =>
      Object.fromEntries(
        Object.entries(PRICES).map(([id, output]) => [
          id,
          {
            auth: "none",
            models: [{ id: "m", price: { input: 0, output }, scores: { intelligence: id === "dear" ? 60 : 50 } }],
            endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
          },
        ]),
      ),
    models: { pair: { targets: ["dear/m", "cheap/m"] } },
    auto: { models: ["dear/m", "cheap/m"], costQuality: 1 },
    moreKeys: [
      tenantKey("rich", { org: "o" }),
      tenantKey("poor", {
        org: "o",
        policies: [
          {
            kind: "key",
            id: "poor",
            policy: { budgets: [{ per: "key", window: "day", limitNano: LIMIT_NANO, softPercent: 80 }] },
          },
        ],
      }),
    ],
  });
  asked = asking(rig);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rig.close();
});

test.each(["auto", "pair"])(
  "what %s has from the cheapest for whoever has little left of a budget is not for whoever has one",
  async (model) => {
    const body = { max_tokens: 100 };
    for (let time = 0; time < 11; time += 1) await asked({ model: "dear/m", text: SPENT, body, key: secretOf("poor") });
    const ask = { model, text: freshText(), body, headers: { "x-signalbox-cache": "on" } };
    const [poor, rich] = [
      { ...ask, key: secretOf("poor") },
      { ...ask, key: secretOf("rich") },
    ];
    const thrifty = await asked(poor);
    expect([statusOf(thrifty), targetOf(thrifty)]).toEqual(["MISS", "cheap/m"]);
    expect(statusOf(await asked(poor))).toBe("HIT-exact");
    const first = await asked(rich);
    expect([statusOf(first), targetOf(first)]).toEqual(["MISS", "dear/m"]);
    // The better answer serves both.
    for (const any of [poor, rich]) expect(statusOf(await asked(any))).toBe("HIT-exact");
  },
);
