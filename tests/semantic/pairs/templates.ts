import type { Template } from "./pair.ts";

const template = (domain: string, values: readonly string[], phrasings: readonly string[]): Template => ({
  domain,
  values,
  phrasings,
});

export const templates: readonly Template[] = [
  template(
    "support",
    ["email account", "bank app", "router", "loyalty card"],
    [
      "How do I reset the password of my {}?",
      "Could you tell me how to reset my {} password?",
      "I forgot the password of my {}, how can I set a new one?",
      "What are the steps to reset the password of a {}?",
    ],
  ),
  template(
    "support",
    ["subscription", "order", "gym membership", "newspaper"],
    [
      "How can I cancel my {}?",
      "Please tell me how to cancel my {}.",
      "What is the process for cancelling my {}?",
      "What do I need to do to cancel my {}?",
    ],
  ),
  template(
    "support",
    ["damaged mug", "jacket", "blender", "mattress"],
    [
      "How long do I have to return a {} that I bought?",
      "Can you tell me how long I have to return the {} I bought?",
      "Within what period may a purchased {} be sent back?",
      "Please, how long do I have for returning a {} I bought?",
    ],
  ),
  template(
    "support",
    ["invoice", "receipt", "warranty card", "contract"],
    [
      "Where can I find the {} for my purchase?",
      "Where do I find my {} for a purchase?",
      "Hi, where could I find the {} of a purchase please?",
      "In which part of the site is the {} of my purchase kept?",
    ],
  ),
  template(
    "support",
    ["parcel", "letter", "sofa", "replacement part"],
    [
      "How do I track the delivery of my {}?",
      "How can I track the shipping of my {}?",
      "Can someone explain how to follow where my {} is?",
      "How would I go about tracking the delivery of a {}?",
    ],
  ),
  template(
    "support",
    ["phone number", "postal address", "user name", "profile picture"],
    [
      "How do I change the {} in my account?",
      "How can I modify the {} of my account?",
      "What is the best way to change my account's {}?",
      "I moved on and want my account to have another {}, how?",
    ],
  ),
  template(
    "support",
    ["gift card", "voucher", "refund credit", "bonus points"],
    [
      "Why is my {} not working at checkout?",
      "Why isn't my {} working at checkout?",
      "What is the reason my {} does not work at checkout?",
      "Can you explain why a {} isn't working at the checkout?",
    ],
  ),
  template(
    "travel",
    ["cabin bag", "stroller", "guitar", "surfboard"],
    [
      "How do I check in a {} for a flight?",
      "How can I check in my {} for a flight?",
      "What is the procedure to take a {} along on a plane?",
      "Please tell me how to check a {} in for my flight.",
    ],
  ),
  template(
    "travel",
    ["hotel room", "rental car", "train seat", "ferry cabin"],
    [
      "How do I book a {} for a trip?",
      "How can I book a {} for my trip?",
      "What are the steps to book a {} for a trip?",
      "How does one reserve a {} when travelling?",
    ],
  ),
  template(
    "travel",
    ["passport", "visa waiver", "vaccination card", "residence permit"],
    [
      "Do I need a {} to cross the border by train?",
      "Do I need my {} to cross the border by train?",
      "Is a {} required for crossing the border on a train?",
      "Hello, do we need a {} to cross borders by train?",
    ],
  ),
  template(
    "travel",
    ["castle", "cathedral", "old harbour", "aquarium"],
    [
      "How do I get from the station to the {}?",
      "How can I get from the station to the {}?",
      "Which route leads from the station to the {}?",
      "Can you tell me how to get from the station to the {} please?",
    ],
  ),
  template(
    "travel",
    ["lost luggage", "delayed train", "overbooked flight", "missed ferry"],
    [
      "What compensation is there for a {}?",
      "What compensation do I get for my {}?",
      "Which payments am I entitled to because of a {}?",
      "Please tell me what compensation there is for {}.",
    ],
  ),
  template(
    "cooking",
    ["rice", "lentils", "quinoa", "barley"],
    [
      "How do I cook {} in a pressure cooker?",
      "How can I cook {} in the pressure cooker?",
      "What is the best way to cook {} in a pressure cooker?",
      "Give me instructions to prepare {} with a pressure cooker.",
    ],
  ),
  template(
    "cooking",
    ["sourdough bread", "rye bread", "brioche", "focaccia"],
    [
      "How long should {} dough rest before baking?",
      "For how long should the dough of {} rest before baking?",
      "How long should I let {} dough rest before I bake it?",
      "What is the resting time of {} before it goes into the oven?",
    ],
  ),
  template(
    "cooking",
    ["butter", "egg", "cream", "buttermilk"],
    [
      "What can I use instead of {} in a cake?",
      "What could be used in a cake instead of {}?",
      "Which ingredient replaces {} when I make a cake?",
      "Please tell me what I can use instead of {} in cakes.",
    ],
  ),
  template(
    "cooking",
    ["salmon", "chicken thigh", "pork shoulder", "aubergine"],
    [
      "How do I grill {} so that it stays juicy?",
      "How can I grill {} so it stays juicy?",
      "What should I do to keep {} juicy on the grill?",
      "Tell me how to grill a {} so that it stays juicy.",
    ],
  ),
  template(
    "cooking",
    ["cast iron pan", "wooden board", "copper pot", "waffle maker"],
    [
      "How do I clean a burnt {}?",
      "How can I clean my burnt {}?",
      "What are the steps to clean a {} that is burnt?",
      "My {} has burnt residue, how do I get it spotless?",
    ],
  ),
  template(
    "cooking",
    ["basil", "asparagus", "mushrooms", "leeks"],
    [
      "How do I keep {} fresh for several days?",
      "How can I keep {} fresh several days?",
      "What helps {} to stay fresh for days?",
      "What is the best way to keep my {} fresh for several days?",
    ],
  ),
  template(
    "devices",
    ["printer", "scanner", "smart speaker", "doorbell camera"],
    [
      "How do I connect the {} to my home network?",
      "How can I connect a {} to the home network?",
      "What are the steps for connecting my {} to a home network?",
      "I want the {} on our home network, what is the way?",
    ],
  ),
  template(
    "devices",
    ["laptop", "tablet", "headset", "watch"],
    [
      "Why does the battery of my {} drain overnight?",
      "Why is the battery of my {} draining overnight?",
      "What causes the battery of a {} to drain overnight?",
      "How come the {} is empty every morning?",
    ],
  ),
  template(
    "devices",
    ["vacuum robot", "dishwasher", "air purifier", "coffee machine"],
    [
      "Where is the filter of the {}?",
      "Where can I find the filter of my {}?",
      "In what place is the {} filter located?",
      "Please tell me where the filter of a {} is.",
    ],
  ),
  template(
    "devices",
    ["thermostat", "projector", "television", "garage opener"],
    [
      "How do I pair a new remote with the {}?",
      "How can I pair the new remote with my {}?",
      "Tell me how to pair new remotes with a {}.",
      "How is another remote taught to control the {}?",
    ],
  ),
  template(
    "devices",
    ["dark mode", "location sharing", "airplane mode", "night light"],
    [
      "How do I turn on {} on the tablet?",
      "How can I turn {} on on my tablet?",
      "How do I enable {} on my tablet?",
      "What are the steps to switch on {} on a tablet?",
    ],
  ),
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
