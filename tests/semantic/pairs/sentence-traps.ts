import { type Trap, trap } from "./pair.ts";

export const sentenceTraps: readonly Trap[] = [
  trap("dates", "travel", [
    [
      ["Monday", "Tuesday"],
      ["May 3", "May 4"],
      ["in March", "in June"],
      ["today", "tomorrow"],
      ["this week", "next week"],
      ["2026-05-03", "2026-03-05"],
      ["at 5 am", "at 5 pm"],
    ],
    "Which trains go to the coast {} with bicycles?",
    "Is the museum by the harbour open {} for groups?",
  ]),
  trap("dates", "finance", [
    [
      ["2023", "2024"],
      ["in 1999", "in 1989"],
      ["yesterday", "last year"],
      ["first quarter", "second quarter"],
    ],
    "How did the company earn its money {} in total?",
  ]),
  trap("dates", "hr", [
    [
      ["Christmas", "Easter"],
      ["this month", "last month"],
      ["01.02.2026", "02.01.2026"],
      ["the weekend", "the week"],
    ],
    "How are the shifts of {} paid in our company?",
  ]),
  trap("dates", "deutsch", [
    [
      ["heute", "morgen"],
      ["am Montag", "am Freitag"],
      ["im März", "im Mai"],
    ],
    "Wann hat die Bibliothek {} für die Leser geöffnet?",
  ]),
  trap("order", "travel", [
    [
      ["from Paris to Berlin", "from Berlin to Paris"],
      ["to Rome from Milan", "to Milan from Rome"],
      ["from the airport to the hotel", "from the hotel to the airport"],
    ],
    "How long does it take to travel {} by train?",
    "What is the cheapest way to get {} at night?",
  ]),
  trap("order", "finance", [
    [
      ["euros to dollars", "dollars to euros"],
      ["gold cheaper than silver", "silver cheaper than gold"],
      ["stocks riskier than bonds", "bonds riskier than stocks"],
      ["cash into shares", "shares into cash"],
    ],
    "When are {} and how can I tell that?",
  ]),
  trap("order", "programming", [
    [
      ["a list to a tuple", "a tuple to a list"],
      ["JSON to YAML", "YAML to JSON"],
      ["main into develop", "develop into main"],
      ["strings from numbers", "numbers from strings"],
    ],
    "How do I convert {} in a script?",
  ]),
  trap("order", "hr", [
    [
      ["manager approve an employee", "employee approve a manager"],
      ["tenant sue a landlord", "landlord sue a tenant"],
      ["student grade a teacher", "teacher grade a student"],
      ["buyer owe the agent", "agent owe the buyer"],
    ],
    "Can a {} under the rules?",
  ]),
  trap("order", "cooking", [
    [
      ["milk but not eggs", "eggs but not milk"],
      ["salt before oil", "oil before salt"],
      ["rice with beans", "beans with rice"],
    ],
    "Which dishes have {} in the recipe?",
  ]),
  trap("question words", "science", [
    [
      ["Who", "When"],
      ["Where", "Why"],
      ["How", "Why"],
      ["When", "Where"],
    ],
    "{} was the theory of continental drift rejected?",
    "{} is the vaccine for the disease produced?",
  ]),
  trap("question words", "finance", [
    [
      ["How", "How much"],
      ["How many", "Why"],
      ["When", "How often"],
      ["Who", "How"],
      ["Can", "How can"],
    ],
    "{} do people pay taxes in the city?",
    "{} I get a refund of my deposit?",
  ]),
  trap("question words", "support", [
    [
      ["Can I", "Should I"],
      ["How do I", "Why do I"],
      ["Must I", "May I"],
      ["Where do I", "When do I"],
    ],
    "{} sign the form for the delivery?",
  ]),
  trap("code", "programming", [
    [
      ["`a == b`", "`a != b`"],
      ["x = 1;", "x = 2;"],
      ['{"id": 1}', '{"id": 2}'],
      ["foo(1)", "foo(2)"],
      ["<b>", "<i>"],
      ["a && b", "a || b"],
      ["0x1f", "0x2f"],
    ],
    "What does this do in my code: {} ?",
    "Why do I get an error for {} here?",
  ]),
  trap("person and form", "support", [
    [
      ["my", "your"],
      ["his", "her"],
      ["my wife's", "my son's"],
      ["our", "their"],
    ],
    "What is {} name on the contract?",
  ]),
  trap("person and form", "science", [
    [
      ["in one sentence", "in detail"],
      ["as a table", "as a list"],
      ["for a child", "for an expert"],
      ["in two paragraphs", "in five paragraphs"],
    ],
    "Explain to me how magnets work {} please.",
  ]),
];
