import { connect } from "node:net";
import { text } from "node:stream/consumers";

export interface SharedServer {
  /** For people. */
  readonly name: string;
  /** The environment variable that names a server that runs already. */
  readonly variable: string;
  /** Where `global-setup.ts` tells the URL of the run's own. */
  readonly socket: string;
}

/** Its URL; undefined where it is not installed. Throws then with `CI=true`, which needs all of them. */
export async function sharedServer({ name, variable, socket }: SharedServer): Promise<string | undefined> {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  const answer: unknown = JSON.parse(await text(connect(socket)));
  if (typeof answer !== "object" || answer === null) throw new Error(`The test server said nothing of ${name}.`);
  if ("error" in answer) throw new Error(String(answer.error));
  if ("url" in answer && typeof answer.url === "string") return answer.url;
  if (process.env["CI"] === "true") throw new Error(`${name} is not installed, and CI=true needs it.`);
  return undefined;
}
