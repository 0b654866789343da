import json

from conversation import Conversation, FailedAnswer, data_url, serve, turn
from openai import OpenAI


def content(ask):
    text = {"type": "input_text", "text": ask["text"]}
    if "image" in ask:
        return [text, {"type": "input_image", "image_url": data_url(ask["image"]), "detail": "auto"}]
    if "pdf" in ask:
        return [text, {"type": "input_file", "filename": "paper.pdf", "file_data": data_url(ask["pdf"])}]
    return [text]


def options(ask):
    chosen = {"store": False}
    if "tools" in ask:
        chosen["tools"] = [{**tool, "type": "function", "strict": False} for tool in ask["tools"]]
    if ask.get("thinking"):
        chosen["reasoning"] = {"effort": "low", "summary": "auto"}
        chosen["include"] = ["reasoning.encrypted_content"]
    if "schema" in ask:
        chosen["text"] = {"format": {"type": "json_schema", "strict": True, **ask["schema"]}}
    return chosen


class Responses(Conversation):
    def connect(self, root, key):
        self.client = OpenAI(base_url=f"{root}/v1", api_key=key, max_retries=0)
        self.input = []

    def respond(self):
        body = {"model": self.model, "input": self.input, **options(self.last)}
        if not self.stream:
            return self.client.responses.create(**body)
        with self.client.responses.stream(**body) as events:
            for event in events:
                if event.type == "response.failed":
                    raise FailedAnswer(event.response.error.message)
                if event.type == "response.incomplete":  # get_final_response() knows only `completed`
                    return event.response
            return events.get_final_response()

    def run(self):
        response = self.respond()
        if response.status == "failed":
            raise FailedAnswer(response.error.message)
        for item in response.output:
            self.input.append(json.loads(item.model_dump_json(exclude_none=True, exclude={"parsed_arguments"})))
        calls = [item for item in response.output if item.type == "function_call"]
        reasoning = [item for item in response.output if item.type == "reasoning"]
        finish = "tools" if calls else "stop"
        if response.incomplete_details and response.incomplete_details.reason == "max_output_tokens":
            finish = "length"
        elif response.status != "completed":
            finish = response.status
        return turn(
            text=response.output_text,
            thinking="".join(part.text for item in reasoning for part in item.summary),
            tool_calls=[(call.call_id, call.name, json.loads(call.arguments)) for call in calls],
            finish=finish,
            usage=(response.usage.input_tokens, response.usage.output_tokens) if response.usage else (-1, -1),
        )

    def ask(self, ask):
        self.last = ask
        self.input.append({"role": "user", "content": content(ask)})
        return self.run()

    def answer(self, results):
        for result in results:
            self.input.append(
                {"type": "function_call_output", "call_id": result["id"], "output": result["output"]}
            )
        return self.run()


serve(Responses)
