import json

from anthropic import Anthropic
from conversation import Conversation, serve, turn

FINISHES = {"end_turn": "stop", "tool_use": "tools", "max_tokens": "length"}


def content(ask):
    blocks = [{"type": "text", "text": ask["text"]}]
    for field, block in (("image", "image"), ("pdf", "document")):
        if field in ask:
            source = {"type": "base64", "media_type": ask[field]["mediaType"], "data": ask[field]["base64"]}
            blocks.insert(0, {"type": block, "source": source})
    return blocks


def options(ask):
    chosen = {"max_tokens": 4096}
    if "tools" in ask:
        chosen["tools"] = [
            {"name": tool["name"], "description": tool["description"], "input_schema": tool["parameters"]}
            for tool in ask["tools"]
        ]
    if ask.get("thinking"):
        chosen["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    if "schema" in ask:
        chosen["output_config"] = {"format": {"type": "json_schema", "schema": ask["schema"]["schema"]}}
    return chosen


class Messages(Conversation):
    def connect(self, root, key):
        self.client = Anthropic(base_url=root, api_key=key, max_retries=0)
        self.messages = []

    def run(self):
        body = {"model": self.model, "messages": self.messages, **options(self.last)}
        if self.stream:
            with self.client.messages.stream(**body) as events:
                message = events.get_final_message()
        else:
            message = self.client.messages.create(**body)
        blocks = [json.loads(block.model_dump_json(exclude_none=True)) for block in message.content]
        for block in blocks:
            block.pop("parsed_output", None)
        self.messages.append({"role": "assistant", "content": blocks})
        return turn(
            text="".join(block["text"] for block in blocks if block["type"] == "text"),
            thinking="".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
            tool_calls=[
                (block["id"], block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"
            ],
            finish=FINISHES.get(message.stop_reason, message.stop_reason),
            usage=(message.usage.input_tokens, message.usage.output_tokens),
        )

    def ask(self, ask):
        self.last = ask
        self.messages.append({"role": "user", "content": content(ask)})
        return self.run()

    def answer(self, results):
        self.messages.append(
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": result["id"], "content": result["output"]}
                    for result in results
                ],
            }
        )
        return self.run()


serve(Messages)
