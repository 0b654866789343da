import json

from conversation import Conversation, data_url, serve, turn
from openai import LengthFinishReasonError, OpenAI

FINISHES = {"stop": "stop", "tool_calls": "tools", "length": "length"}


def content(ask):
    text = {"type": "text", "text": ask["text"]}
    if "image" in ask:
        return [text, {"type": "image_url", "image_url": {"url": data_url(ask["image"])}}]
    if "pdf" in ask:
        return [text, {"type": "file", "file": {"filename": "paper.pdf", "file_data": data_url(ask["pdf"])}}]
    return ask["text"]


def options(ask):
    chosen = {}
    if "tools" in ask:
        chosen["tools"] = [{"type": "function", "function": tool} for tool in ask["tools"]]
    if ask.get("thinking"):
        chosen["reasoning_effort"] = "low"
    if "schema" in ask:
        chosen["response_format"] = {"type": "json_schema", "json_schema": {**ask["schema"], "strict": True}}
    return chosen


class Chat(Conversation):
    def connect(self, root, key):
        self.client = OpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)
        self.messages = []

    def complete(self):
        body = {"model": self.model, "messages": self.messages, **options(self.last)}
        if not self.stream:
            completion = self.client.chat.completions.create(**body)
            thinking = getattr(completion.choices[0].message, "reasoning_content", None) or ""
            return completion, thinking
        thinking = ""
        with self.client.chat.completions.stream(**body, stream_options={"include_usage": True}) as events:
            try:
                for event in events:
                    if event.type == "chunk" and event.chunk.choices:
                        thinking += getattr(event.chunk.choices[0].delta, "reasoning_content", None) or ""
                return events.get_final_completion(), thinking
            except LengthFinishReasonError as error:  # this helper's way to say "length"
                return error.completion, thinking

    def run(self):
        completion, thinking = self.complete()
        choice = completion.choices[0]
        self.messages.append(choice.message.model_dump(exclude_none=True, exclude={"parsed"}))
        calls = choice.message.tool_calls or []
        usage = completion.usage
        return turn(
            text=choice.message.content or "",
            thinking=thinking,
            tool_calls=[(call.id, call.function.name, json.loads(call.function.arguments)) for call in calls],
            finish=FINISHES.get(choice.finish_reason, choice.finish_reason),
            usage=(usage.prompt_tokens, usage.completion_tokens) if usage else (-1, -1),
        )

    def ask(self, ask):
        self.last = ask
        self.messages.append({"role": "user", "content": content(ask)})
        return self.run()

    def answer(self, results):
        for result in results:
            self.messages.append({"role": "tool", "tool_call_id": result["id"], "content": result["output"]})
        return self.run()


serve(Chat)
