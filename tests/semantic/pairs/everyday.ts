import { type Template, template } from "./pair.ts";

export const everyday: readonly Template[] = [
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
];
