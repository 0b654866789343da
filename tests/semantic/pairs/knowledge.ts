import { type Template, template } from "./pair.ts";

export const knowledge: readonly Template[] = [
  template(
    "geography",
    ["desert", "river", "lake", "island"],
    [
      "What is the largest {} in the world?",
      "Which {} is the largest in the world?",
      "Can you tell me what the world's largest {} is?",
      "Please tell me what is the largest {} of the world.",
    ],
  ),
  template(
    "geography",
    ["Portugal", "Mongolia", "Kenya", "Uruguay"],
    [
      "What is the capital of {}?",
      "Can you tell me what the capital of {} is?",
      "Which city is the capital of {}?",
      "What city is the seat of government of {}?",
    ],
  ),
  template(
    "geography",
    ["Norway", "Chile", "Vietnam", "Morocco"],
    [
      "Which countries share a border with {}?",
      "What countries share borders with {}?",
      "Please list the neighbouring countries of {}.",
      "Could you tell me which countries share a border with {}?",
    ],
  ),
  template(
    "geography",
    ["volcanoes", "fjords", "coral reefs", "deltas"],
    [
      "How do {} form over time?",
      "How are {} formed over time?",
      "Can you tell me how {} form over time?",
      "What process gives rise to {} in the course of time?",
    ],
  ),
  template(
    "geography",
    ["Amazon", "Danube", "Mekong", "Volga"],
    [
      "How long is the river {} from source to mouth?",
      "How long is the {} river from its source to its mouth?",
      "What is the length of the {} from source to mouth?",
      "Tell me how long the river {} is from source to mouth.",
    ],
  ),
  template(
    "programming",
    ["list", "linked list", "queue", "string"],
    [
      "How do I reverse a {} in Python?",
      "How can I reverse a {} in Python?",
      "What is the best way to reverse a {} in Python?",
      "In Python, what turns a {} around?",
    ],
  ),
  template(
    "programming",
    ["branch", "tag", "remote", "stash"],
    [
      "How do I rename a {} in git?",
      "How can I rename my {} in git?",
      "In git, how do I rename a {}?",
      "What gives a {} of git another name?",
    ],
  ),
  template(
    "programming",
    ["index", "foreign key", "view", "trigger"],
    [
      "What is a {} in a relational database for?",
      "What is a {} for in a relational database?",
      "Please tell me what a {} is for in relational databases.",
      "What purpose does a {} serve in relational databases?",
    ],
  ),
  template(
    "programming",
    ["unit tests", "mocks", "snapshots", "fixtures"],
    [
      "When should I write {} for a service?",
      "When should one write {} for services?",
      "Can you tell me when I should write {} for a service?",
      "At what point do {} for a service pay off?",
    ],
  ),
  template(
    "programming",
    ["race condition", "memory leak", "deadlock", "stack overflow"],
    [
      "How do I find a {} in a Java service?",
      "How can I find a {} in my Java service?",
      "What are the steps to find a {} in a Java service?",
      "Which tools expose a {} in Java services?",
    ],
  ),
  template(
    "programming",
    ["cookie", "session", "token", "certificate"],
    [
      "Why does the {} expire so early in the browser?",
      "Why is my {} expiring so early in the browser?",
      "What is the reason the {} expires so early in browsers?",
      "What makes browsers forget a {} that early?",
    ],
  ),
  template(
    "finance",
    ["savings account", "mortgage", "credit card", "student loan"],
    [
      "How is the interest on a {} calculated?",
      "How do banks calculate the interest on a {}?",
      "How is interest calculated on my {}?",
      "By what formula does a bank work out what a {} yields or costs?",
    ],
  ),
  template(
    "finance",
    ["index fund", "government bond", "pension plan", "real estate trust"],
    [
      "What are the risks of a {} for a beginner?",
      "Which risks does a {} have for beginners?",
      "Please tell me the risks of a {} for a beginner.",
      "As a newcomer, what could go wrong with a {}?",
    ],
  ),
  template(
    "finance",
    ["donations", "childcare", "a home office", "moving house"],
    [
      "Can I deduct {} from my income tax?",
      "Can I deduct the cost of {} from income tax?",
      "Can {} be deducted from the income tax?",
      "Does {} lower what the tax office takes?",
    ],
  ),
  template(
    "finance",
    ["invoice", "payslip", "bank statement", "tax return"],
    [
      "How long should I keep a {}?",
      "For how long should I keep my {}?",
      "How long should a {} be kept?",
      "After what time may a {} be thrown away?",
    ],
  ),
  template(
    "hr",
    ["parental leave", "sick leave", "unpaid leave", "study leave"],
    [
      "How do I apply for {} at the company?",
      "How can I apply for {} in the company?",
      "What is the procedure for applying for {} at the company?",
      "Whom do I ask to be granted {} here?",
    ],
  ),
  template(
    "hr",
    ["travel expenses", "training fees", "relocation costs", "phone bills"],
    [
      "Who approves {} in our team?",
      "Who in our team approves {}?",
      "Can you tell me who approves {} in our team?",
      "Whose signature do {} need in our team?",
    ],
  ),
  template(
    "hr",
    ["overtime", "night shifts", "business trips", "standby duty"],
    [
      "How are {} paid for part-time staff?",
      "How are {} paid for staff working part-time?",
      "How do we pay {} for part-time staff?",
      "What do people on part-time contracts earn for {}?",
    ],
  ),
  template(
    "hr",
    ["probation period", "notice period", "performance review", "onboarding"],
    [
      "What happens during the {} of a new employee?",
      "What happens during a new employee's {}?",
      "Can you tell me what happens during the {} of new employees?",
      "What should newcomers expect of their {}?",
    ],
  ),
  template(
    "science",
    ["photosynthesis", "osmosis", "fermentation", "evaporation"],
    [
      "Explain how {} works in plants.",
      "Can you explain how {} works in plants?",
      "How does {} work in a plant?",
      "What goes on in plants when {} takes place?",
    ],
  ),
  template(
    "science",
    ["glass", "concrete", "rubber", "porcelain"],
    [
      "What is {} made of?",
      "What are the materials {} is made of?",
      "Can you tell me what {} is made of?",
      "Which ingredients go into {}?",
    ],
  ),
  template(
    "deutsch",
    ["Kündigung", "Bestellung", "Rechnung", "Lieferadresse"],
    [
      "Wie kann ich meine {} ändern?",
      "Wie kann man die {} ändern?",
      "Können Sie mir sagen, wie ich meine {} ändern kann?",
      "Was muss ich tun, damit die {} anders wird?",
    ],
  ),
  template(
    "français",
    ["mot de passe", "carte bancaire", "adresse", "abonnement"],
    [
      "Comment puis-je changer mon {} en ligne ?",
      "Comment changer un {} en ligne ?",
      "Comment est-ce que je peux changer le {} en ligne ?",
      "Quelle est la marche à suivre pour modifier mon {} en ligne ?",
    ],
  ),
];
