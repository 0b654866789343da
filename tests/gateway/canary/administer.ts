import { objectIn } from "../routing-support.ts";
import { ask, type Call } from "../support.ts";
import type { CanaryKind } from "./canaries.ts";
import type { Scene } from "./scene.ts";
import type { Labelled, Told } from "./traffic.ts";

export type Teller = (labelled: Labelled) => Promise<Told>;

export interface Made {
  /** Secrets of keys that the gateway has made, beside those that it was given. */
  readonly secrets: readonly string[];
  /** A key of the team that brings the provider account along. */
  readonly teamKey: string;
}

const withKey = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Everything that an administrator does, and does wrong, with secrets at hand. */
export async function administer(scene: Scene, tell: Teller): Promise<Made> {
  const api = apiOf(scene, tell);
  const org = await api.made("POST /v1/organizations", { name: "org" });
  const team = await api.made("POST /v1/teams", { name: "team", org });
  const group = await api.made("POST /v1/groups", {
    name: "group",
    channels: [{ provider: "chat", credential: "1" }],
  });
  const keyOf = async (line: string, body: object) => {
    const { text } = await api.say(line, body, ["key"]);
    const { key, data } = objectIn(JSON.parse(text));
    return { secret: String(key), id: String(objectIn(data)["id"]) };
  };
  const [plain, ofTeam, disabled] = [
    await keyOf("POST /v1/keys", { name: "made", metadata: { note: scene.planted.prompt.slice(0, 3) } }),
    await keyOf("POST /v1/keys", { name: "of-team", team, privacy: { retain_bodies_hours: 1 } }),
    await keyOf("POST /v1/keys", { name: "disabled", group }),
  ];
  const rotated = await keyOf(`POST /v1/keys/${plain.id}/rotate`, { overlap_hours: 1 });
  const account = { owner: { kind: "team", id: team }, name: "theirs", key: scene.credentials.team };
  const credential = await api.made("POST /v1/credentials", { ...account, provider: "brought" });
  await api.made("POST /v1/credentials", { ...account, provider: "quoted-team" });
  for (const line of readings({ org, team, group, id: plain.id })) await api.say(line);
  await api.say(`PATCH /v1/keys/${disabled.id}`, { disabled: true });
  await mistakes(scene, api, { team, id: plain.id, credential });
  await withSecretsInPaths(scene, tell, [plain.secret, ofTeam.secret]);
  await api.say(`DELETE /v1/keys/${disabled.id}`);
  const secrets = [plain, ofTeam, disabled, rotated].map(({ secret }) => secret);
  for (const secret of [...secrets, `${plain.secret.slice(0, -1)}!`]) await useKey(tell, secret);
  return { secrets, teamKey: ofTeam.secret };
}

type Api = ReturnType<typeof apiOf>;

function apiOf({ keys }: Scene, tell: Teller) {
  const say = (line: string, body?: unknown, may: readonly CanaryKind[] = []) => {
    const [method = "", path = ""] = line.split(" ");
    const call: Call = { method, path, headers: withKey(keys.owner), ...(body === undefined ? {} : { body }) };
    return tell({ label: line, call, may });
  };
  const made = async (line: string, body: unknown) => {
    const { text } = await say(line, body);
    return String(objectIn(objectIn(JSON.parse(text))["data"])["id"]);
  };
  return { say, made };
}

interface Ids {
  readonly org: string;
  readonly team: string;
  readonly group: string;
  readonly id: string;
}

const readings = ({ org, team, group, id }: Ids): readonly string[] =>
  [
    ...["/v1/keys", `/v1/keys/${id}`, "/v1/auth/key", "/v1/organizations", `/v1/organizations/${org}`, "/v1/audit"],
    ...["/v1/teams", `/v1/teams/${team}`, "/v1/groups", `/v1/groups/${group}`, "/v1/models", "/v1/providers"],
    ...[
      `/v1/credentials?owner_kind=team&owner_id=${team}`,
      `/v1/credentials?team=${team}`,
      "/v1/routers",
      "/v1/credits",
    ],
  ].map((path) => `GET ${path}`);

/** A secret in a field that is none, or of another kind. */
async function mistakes(
  { credentials: { team: secret }, planted: { prompt } }: Scene,
  { say }: Api,
  { team, id, credential }: { readonly team: string; readonly id: string; readonly credential: string },
): Promise<void> {
  const right = { owner: { kind: "team", id: team }, provider: "brought", name: "theirs", key: secret };
  const bodies = [
    { ...right, kye: secret },
    { ...right, provider: secret },
    { ...right, owner: { kind: secret, id: secret } },
    { ...right, key: [secret] },
    { ...right, key: `${secret}\u0000` },
    { ...right, key: { reveal: secret } },
    { ...right, priority: secret, weight: secret },
  ];
  for (const body of bodies) await say("POST /v1/credentials", body);
  await say("POST /v1/keys", { name: "own", key: secret });
  await say("POST /v1/keys", { name: "own", secret, role: secret, expires_at: secret, models: secret, limit: secret });
  await say(`PATCH /v1/keys/${id}`, { etag: secret, budgets: [{ window: secret }], allow_cidrs: [secret] });
  await say(`POST /v1/keys/${id}/reveal`, { key: secret });
  await say(`PATCH /v1/credentials/${credential}`, right);
  await say("POST /v1/routers", { name: "wrong", defaultModel: "chat/m", apiKey: secret, routes: secret });
  await say("POST /v1/routers", { name: "cel", routes: [{ condition: { cel_expression: `${prompt} ==` } }] });
}

/** Whoever pastes a key where an id belongs. */
async function withSecretsInPaths({ keys }: Scene, tell: Teller, secrets: readonly string[]): Promise<void> {
  for (const secret of [...secrets, keys.owner]) {
    const lines = [
      ...["GET", "PATCH", "DELETE"].map((method) => `${method} /v1/keys/${secret}`),
      ...[`POST /v1/keys/${secret}/rotate`, `POST /v1/keys/${secret}/reveal`, `DELETE /v1/credentials/${secret}`],
      ...[`GET /v1/generation/${secret}`, `GET /v1/generation?id=${secret}`, `GET /v1/usage?key=${secret}`],
      ...[`GET /v1/usage/requests/${secret}/bodies`, `GET /v1/nothing?key=${secret}`, `GET /v1/models?key=${secret}`],
      ...[`POST /v1/chat/completions?key=${secret}`, `GET /v1/%E0%A4%A?key=${secret}`, `GET /v1/keys?page=${secret}`],
    ];
    for (const line of lines) {
      const [method = "", path = ""] = line.split(" ");
      const call: Call = { method, path, headers: withKey(keys.owner), ...(/^P/.test(method) ? { body: {} } : {}) };
      // It tells the caller of its own words at most.
      await tell({ label: `${method} ${path.replaceAll(secret, "SECRET")}`, call, may: ["key"] });
    }
  }
}

/** In each of the places where a key may stand. */
async function useKey(tell: Teller, secret: string): Promise<void> {
  const call = ask("gemini", "own-gemini/m", { text: "[[say hello]]", stream: false });
  const places: readonly Call[] = [
    { ...call, headers: withKey(secret) },
    { ...call, headers: { authorization: "", "x-api-key": secret } },
    { ...call, headers: { authorization: "", "x-goog-api-key": secret } },
    { ...call, path: `${call.path}?key=${secret}`, headers: { authorization: "" } },
    { ...call, path: `${call.path}?key=${secret}`, headers: { "x-api-key": "another-key-of-some-length" } },
  ];
  for (const one of places) await tell({ label: "a key in its places", call: one, may: [] });
}
