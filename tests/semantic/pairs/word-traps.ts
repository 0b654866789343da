import { type Trap, trap } from "./pair.ts";

export const wordTraps: readonly Trap[] = [
  trap("antonyms", "devices", [
    [
      ["turn on", "turn off"],
      ["enable", "disable"],
      ["activate", "deactivate"],
      ["show", "hide"],
      ["mute", "unmute"],
      ["lock", "unlock"],
    ],
    "How do I {} dark mode on my phone?",
    "How can I {} notifications of the messenger?",
  ]),
  trap("antonyms", "devices", [
    [
      ["increase", "decrease"],
      ["raise", "lower"],
      ["maximum", "minimum"],
      ["upload", "download"],
      ["install", "uninstall"],
    ],
    "How do I {} the volume level of the speaker?",
  ]),
  trap("antonyms", "finance", [
    [
      ["buy", "sell"],
      ["bought", "sold"],
      ["lend", "borrow"],
      ["deposit", "withdraw"],
    ],
    "When should I have {} shares of the company?",
  ]),
  trap("antonyms", "travel", [
    [
      ["before", "after"],
      ["arrival", "departure"],
      ["earliest", "latest"],
      ["cheapest", "most expensive"],
      ["inbound", "outbound"],
    ],
    "Which meals are served {} the flight to the island?",
  ]),
  trap("antonyms", "hr", [
    [
      ["hire", "fire"],
      ["promote", "demote"],
      ["accept", "reject"],
      ["approve", "decline"],
      ["full", "partial"],
    ],
    "How do I {} a candidate in the system properly?",
  ]),
  trap("antonyms", "programming", [
    [
      ["encrypt", "decrypt"],
      ["import", "export"],
      ["synchronous", "asynchronous"],
      ["public", "private"],
      ["first", "last"],
      ["ascending", "descending"],
    ],
    "How do I write the {} method for the records of a table?",
  ]),
  trap("antonyms", "cooking", [
    [
      ["hot", "cold"],
      ["raw", "cooked"],
      ["thick", "thin"],
      ["safe", "dangerous"],
    ],
    "Is it {} when I serve the soup with oysters?",
  ]),
  trap("antonyms", "deutsch", [
    [
      ["einschalten", "ausschalten"],
      ["erhöhen", "senken"],
      ["öffnen", "schließen"],
    ],
    "Wie kann ich die Heizung in der Wohnung {}?",
  ]),
  trap("entities", "geography", [
    [
      ["France", "Spain"],
      ["Berlin", "Munich"],
      ["paris", "rome"],
      ["Xanten", "Goslar"],
      ["New York", "New Orleans"],
    ],
    "What is the population of {} and its suburbs?",
    "Which rivers flow near {} in summer?",
  ]),
  trap("entities", "devices", [
    [
      ["iPhone", "iPad"],
      ["iPhone 14", "iPhone 15"],
      ["Windows", "macOS"],
      ["Chrome", "Firefox"],
      ["Alexa", "Siri"],
    ],
    "How do I take a screenshot on {} and save it?",
  ]),
  trap("entities", "programming", [
    [
      ["Python", "Ruby"],
      ["postgres", "mysql"],
      ["React 18", "React 19"],
      ["numpy", "pandas"],
      ["C++", "C#"],
      ["getUser", "getUsers"],
    ],
    "How do I read a file with {} and parse the rows?",
  ]),
  trap("entities", "support", [
    [
      ["anna@example.com", "anne@example.com"],
      ["https://example.com/a", "https://example.com/b"],
      ["/etc/hosts", "/etc/hostname"],
      ["#1234", "#1243"],
      ["AB-1234", "AB-1235"],
      ['"gold"', '"silver"'],
    ],
    "Why do I see an issue with {} in my account?",
  ]),
  trap("entities", "science", [
    [
      ["Einstein", "Newton"],
      ["Marie Curie", "Lise Meitner"],
      ["Mars", "Venus"],
    ],
    "What is the most important thing to know about {} in school?",
  ]),
  trap("entities", "language", [
    [
      ["French", "German"],
      ["Spanish", "Portuguese"],
      ["japanese", "korean"],
    ],
    "How do I say good morning in {} to a friend?",
  ]),
];
