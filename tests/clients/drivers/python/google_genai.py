import base64

from conversation import Conversation, serve, turn
from google import genai
from google.genai import types

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length"}


def content(ask):
    parts = [types.Part(text=ask["text"])]
    for field in ("image", "pdf"):
        if field in ask:
            data = base64.b64decode(ask[field]["base64"])
            parts.append(types.Part.from_bytes(data=data, mime_type=ask[field]["mediaType"]))
    return parts


def options(ask):
    chosen = {}
    if "tools" in ask:
        declarations = [
            types.FunctionDeclaration(
                name=tool["name"], description=tool["description"], parameters_json_schema=tool["parameters"]
            )
            for tool in ask["tools"]
        ]
        chosen["tools"] = [types.Tool(function_declarations=declarations)]
    if ask.get("thinking"):
        chosen["thinking_config"] = types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)
    if "schema" in ask:
        chosen["response_mime_type"] = "application/json"
        chosen["response_json_schema"] = ask["schema"]["schema"]
    return types.GenerateContentConfig(**chosen)


class Chat(Conversation):
    """The library's own chat object keeps the history, thought signatures included."""

    def connect(self, root, key):
        self.client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=root))
        self.chat = self.client.chats.create(model=self.model)

    def run(self, parts):
        config = options(self.last)
        if self.stream:
            chunks = list(self.chat.send_message_stream(parts, config=config))
        else:
            chunks = [self.chat.send_message(parts, config=config)]
        candidates = [chunk.candidates[0] for chunk in chunks if chunk.candidates]
        seen = [part for candidate in candidates if candidate.content for part in candidate.content.parts or []]
        calls = [part.function_call for part in seen if part.function_call]
        reasons = [candidate.finish_reason.name for candidate in candidates if candidate.finish_reason]
        usages = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
        finish = FINISHES.get(reasons[-1], reasons[-1]) if reasons else "none"
        return turn(
            text="".join(part.text for part in seen if part.text and not part.thought),
            thinking="".join(part.text for part in seen if part.text and part.thought),
            tool_calls=[(call.id, call.name, call.args) for call in calls],
            finish="tools" if finish == "stop" and calls else finish,
            usage=(
                usages[-1].prompt_token_count or 0,
                (usages[-1].candidates_token_count or 0) + (usages[-1].thoughts_token_count or 0),
            )
            if usages
            else (-1, -1),
        )

    def ask(self, ask):
        self.last = ask
        return self.run(content(ask))

    def answer(self, results):
        return self.run(
            [
                types.Part(
                    function_response=types.FunctionResponse(
                        id=result["id"] or None, name=result["name"], response={"output": result["output"]}
                    )
                )
                for result in results
            ]
        )


serve(Chat)
