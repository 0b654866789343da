import type { Tool } from "@signalbox/protocol";
import { type Chance, chanceOf } from "./chance.ts";
import {
  type Asked,
  picture,
  type Script,
  type SimulatedConversation,
  startScript,
  textPart,
  toolOf,
} from "./conversation.ts";
import { numbered, type Project, serviceLog, startProject, testLog } from "./project.ts";
import { page, paragraph, searchResults, sentence } from "./prose.ts";
import { record } from "./tables.ts";

interface Work {
  readonly script: Script;
  readonly chance: Chance;
  readonly project: Project;
}

/** An agent that works on a project: reads files and reads them again, edits, runs tests, looks things up. */
export function codingAgent(seed: number, messages: number): SimulatedConversation {
  const chance = chanceOf(seed);
  const work: Work = { script: startScript(chance), chance, project: startProject(chance, 14) };
  const { script } = work;
  while (script.size() < messages) task(work, messages);
  return script.finish({ instructions: [textPart(instructions(chance))], tools: tools(chance) });
}

function task({ script, chance, project }: Work, most: number): void {
  const said = textPart(`${sentence(chance)} Please change ${chance.pick(project.paths)} so that it does not.`);
  if (chance.falls(0.12)) script.user(textPart(page(chance, 6)), said);
  else if (chance.falls(0.06)) script.user(picture(chance), said);
  else script.user(said);
  const steps = chance.between(6, 22);
  for (let step = 0; step < steps && script.size() < most - 1; step += 1) {
    const asked = [stepOf({ script, chance, project })];
    if (chance.falls(0.25)) asked.push(read(project, chance));
    script.calls(asked, chance.falls(0.4) ? paragraph(chance, 3) : undefined);
  }
  script.says(
    `${paragraph(chance, 3)}\n\n\`\`\`ts\n${project.linesOf(chance.pick(project.paths)).slice(3, 9).join("\n")}\n\`\`\``,
  );
}

function stepOf({ chance, project }: Work): Asked {
  const path = chance.pick(project.paths);
  const drawn = chance.next();
  if (drawn < 0.4) return read(project, chance);
  if (drawn < 0.62) {
    const { before, after, diff } = project.edit(path, chance);
    return { name: "edit_file", input: { path, before, after }, result: chance.falls(0.5) ? diff : `Edited ${path}.` };
  }
  if (drawn < 0.74) {
    const command = "npm test";
    return { name: "run", input: { command }, result: testLog(project, chance, chance.between(0, 4)) };
  }
  if (drawn < 0.82) return { name: "run", input: { command: "git diff" }, result: project.edit(path, chance).diff };
  if (drawn < 0.88) return { name: "grep", input: { pattern: "limit" }, result: grepped(project) };
  if (drawn < 0.91) return { name: "web_fetch", input: { url: "https://docs.example.org" }, result: page(chance, 9) };
  if (drawn < 0.94) return { name: "web_search", input: { query: path }, result: searchResults(chance, 6) };
  if (drawn < 0.96) return { name: "run", input: { command: "tail service.log" }, result: serviceLog(chance, 90) };
  if (drawn < 0.98) return { name: "http_get", input: { path: "/orders" }, result: record(chance) };
  return {
    name: "run",
    input: { command: "npm run buidl" },
    isError: true,
    result: `npm error Missing script: "buidl"\n${paragraph(chance, 4)}`,
  };
}

/** Whole, or from some line on. */
function read(project: Project, chance: Chance): Asked {
  const path = chance.pick(project.paths);
  const lines = project.linesOf(path);
  if (chance.falls(0.6)) return { name: "read_file", input: { path }, result: numbered(lines, 0, lines.length) };
  const offset = chance.between(0, Math.floor(lines.length / 2));
  return { name: "read_file", input: { path, offset, limit: 80 }, result: numbered(lines, offset, offset + 80) };
}

function grepped({ paths, linesOf }: Project): string {
  return paths
    .flatMap((path) =>
      linesOf(path).flatMap((line, at) => (line.includes("limit") ? [`${path}:${at + 1}:${line}`] : [])),
    )
    .slice(0, 60)
    .join("\n");
}

function instructions(chance: Chance): string {
  return `You are a coding agent. Work in the folder that you are given, and change nothing else.\n\n${page(chance, 24)}`;
}

function tools(chance: Chance): readonly Tool[] {
  const described = (name: string, ...fields: readonly string[]) => toolOf(name, paragraph(chance, 4), fields);
  return [
    described("read_file", "path", "offset", "limit"),
    described("edit_file", "path", "before", "after"),
    described("run", "command"),
    described("grep", "pattern"),
    described("web_fetch", "url"),
    described("web_search", "query"),
    described("http_get", "path"),
  ];
}
