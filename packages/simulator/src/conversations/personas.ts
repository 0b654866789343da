import { type Chance, chanceOf } from "./chance.ts";
import { codingAgent } from "./coding-agent.ts";
import { type Asked, type SimulatedConversation, startScript, textPart, toolOf } from "./conversation.ts";
import { page, paragraph, searchResults, sentence } from "./prose.ts";
import { record, table } from "./tables.ts";

export const personas = ["coding agent", "data analyst", "support agent", "long chat"] as const;

export type Persona = (typeof personas)[number];

export interface ConversationWish {
  readonly persona: Persona;
  /** The same seed, the same conversation. */
  readonly seed: number;
  /** At least so many. */
  readonly messages: number;
}

/** What clients of this kind send, made up: nobody's words. */
export function simulateConversation({ persona, seed, messages }: ConversationWish): SimulatedConversation {
  switch (persona) {
    case "coding agent":
      return codingAgent(seed, messages);
    case "data analyst":
      return steps({ seed, messages, instructions: 8, work: analysis });
    case "support agent":
      return steps({ seed, messages, instructions: 16, work: support });
    case "long chat":
      return longChat(seed, messages);
  }
}

interface Steps {
  readonly seed: number;
  readonly messages: number;
  /** In paragraphs. */
  readonly instructions: number;
  readonly work: (chance: Chance) => Asked;
}

function steps({ seed, messages, instructions, work }: Steps): SimulatedConversation {
  const chance = chanceOf(seed);
  const script = startScript(chance);
  const head = { instructions: [textPart(page(chance, instructions))], tools: toolsOf(chance) };
  while (script.size() < messages) {
    script.user(textPart(`${sentence(chance)} What does that mean for ${chance.between(2, 99)} of them?`));
    const count = chance.between(1, 5);
    for (let at = 0; at < count; at += 1) {
      const asked = [work(chance), ...(chance.falls(0.2) ? [work(chance)] : [])];
      script.calls(asked, chance.falls(0.2) ? paragraph(chance, 2) : undefined);
    }
    script.says(paragraph(chance, 4));
  }
  return script.finish(head);
}

/** Tables from a database, some of them again. */
function analysis(chance: Chance): Asked {
  const month = chance.between(1, 24);
  const sql = `select * from orders where month = ${month}`;
  if (chance.falls(0.08))
    return { name: "query", input: { sql }, isError: true, result: "ERROR: relation does not exist" };
  // The same question has the same answer.
  const asked = chanceOf(month);
  return { name: "query", input: { sql }, result: table(asked, asked.between(5, 26)) };
}

/** Pages of a manual and orders of customers. */
function support(chance: Chance): Asked {
  const drawn = chance.next();
  if (drawn < 0.45) {
    const id = chance.between(1, 40);
    return { name: "read_page", input: { id }, result: page(chanceOf(id), 10) };
  }
  if (drawn < 0.7) return { name: "search", input: { query: sentence(chance) }, result: searchResults(chance, 7) };
  return { name: "get_order", input: { id: chance.between(1, 9999) }, result: record(chance) };
}

function toolsOf(chance: Chance) {
  return ["query", "read_page", "search", "get_order"].map((name) => toolOf(name, paragraph(chance, 3), ["id"]));
}

/** Words only; now and then the user pastes a long text to talk about. */
function longChat(seed: number, messages: number): SimulatedConversation {
  const chance = chanceOf(seed);
  const script = startScript(chance);
  const instructions = [textPart(page(chance, 6))];
  while (script.size() < messages) {
    const question = textPart(paragraph(chance, chance.between(1, 3)));
    if (chance.falls(0.06)) {
      // As two messages: a text, and what is asked about it.
      script.user(textPart(page(chance, 14)));
      script.user(question);
    } else script.user(question);
    script.says(paragraph(chance, chance.between(2, 8)));
  }
  return script.finish({ instructions, tools: [] });
}
