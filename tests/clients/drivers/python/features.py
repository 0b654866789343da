"""What the Python libraries show of searches, guards and caches: one line of JSON in, one line out."""

import json
import sys

from anthropic import Anthropic
from conversation import failure
from google import genai
from google.genai import types
from openai import ContentFilterFinishReasonError, OpenAI


def openai(job):
    return OpenAI(base_url=job["gateway"] + "/v1", api_key=job["key"], max_retries=0)


def dumped(value):
    return json.loads(value.model_dump_json(exclude_none=True, exclude={"parsed", "parsed_arguments", "parsed_output"}))


def search_chat(job):
    completions = openai(job).chat.completions
    body = {"model": job["model"], "web_search_options": {}}
    messages = [{"role": "user", "content": job["text"]}]
    if job["stream"]:
        with completions.stream(messages=messages, **body) as events:
            message = events.get_final_completion().choices[0].message
    else:
        message = completions.create(messages=messages, **body).choices[0].message
    history = [*messages, dumped(message), {"role": "user", "content": job["next"]}]
    # The helper joins deltas of fields that it does not know as they come, so that both forms are read.
    annotations = [one if isinstance(one, dict) else dumped(one) for one in message.annotations or []]
    return {
        "urls": [one["url_citation"]["url"] for one in annotations],
        "calls": message.tool_calls or [],
        "next": completions.create(messages=history, **body).choices[0].message.content,
    }


def search_responses(job):
    responses = openai(job).responses
    body = {"model": job["model"], "tools": [{"type": "web_search"}]}
    given = [{"role": "user", "content": job["text"]}]
    if job["stream"]:
        with responses.stream(input=given, **body) as events:
            answer = events.get_final_response()
    else:
        answer = responses.create(input=given, **body)
    texts = [part for item in answer.output if item.type == "message" for part in item.content]
    history = [*given, *[dumped(item) for item in answer.output], {"role": "user", "content": job["next"]}]
    assert [item.action.query for item in answer.output if item.type == "web_search_call"] == ["track nine"]
    return {
        "urls": [one.url for part in texts for one in part.annotations if one.type == "url_citation"],
        "calls": [item.name for item in answer.output if item.type == "function_call"],
        "next": responses.create(input=history, **body).output_text,
    }


def search_messages(job):
    messages = Anthropic(base_url=job["gateway"], api_key=job["key"], max_retries=0).messages
    tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    body = {"model": job["model"], "max_tokens": 1000, "tools": [tool]}
    said = [{"role": "user", "content": job["text"]}]
    if job["stream"]:
        with messages.stream(messages=said, **body) as events:
            answer = events.get_final_message()
    else:
        answer = messages.create(messages=said, **body)
    content = [dumped(block) for block in answer.content]
    results = [block for block in answer.content if block.type == "web_search_tool_result"]
    assert results[0].content[0].url == "https://pages.example.org/track-nine/1"
    assert answer.usage.server_tool_use.web_search_requests == 1
    history = [*said, {"role": "assistant", "content": content}, {"role": "user", "content": job["next"]}]
    texts = [block for block in answer.content if block.type == "text"]
    return {
        "urls": [one.url for block in texts for one in block.citations or []],
        "calls": [block.name for block in answer.content if block.type == "tool_use"],
        "next": messages.create(messages=history, **body).content[0].text,
    }


def search_gemini(job):
    client = genai.Client(api_key=job["key"], http_options=types.HttpOptions(base_url=job["gateway"]))
    config = types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())])
    chat = client.chats.create(model=job["model"], config=config)
    if job["stream"]:
        answers = list(chat.send_message_stream(job["text"]))
    else:
        answers = [chat.send_message(job["text"])]
    candidates = [answer.candidates[0] for answer in answers if answer.candidates]
    grounding = [one.grounding_metadata for one in candidates if one.grounding_metadata][-1]
    assert grounding.web_search_queries == ["track nine"]
    parts = [part for one in candidates if one.content for part in one.content.parts or []]
    return {
        "urls": [chunk.web.uri for chunk in grounding.grounding_chunks],
        "calls": [part.function_call.name for part in parts if part.function_call],
        "next": chat.send_message(job["next"]).text,
    }


SEARCHES = {
    "openai-chat": search_chat,
    "openai-responses": search_responses,
    "anthropic-messages": search_messages,
    "gemini": search_gemini,
}



def say_chat(job):
    completions = openai(job).chat.completions
    body = {"model": job["model"], "messages": [{"role": "user", "content": job["text"]}]}
    if not job["stream"]:
        choice = completions.create(**body).choices[0]
    else:
        try:
            with completions.stream(**body) as events:
                choice = events.get_final_completion().choices[0]
        except ContentFilterFinishReasonError:  # this helper's way to say so
            return {"text": "", "end": "content_filter"}
    return {"text": choice.message.content or "", "end": choice.finish_reason}


def say_responses(job):
    responses = openai(job).responses
    body = {"model": job["model"], "input": job["text"]}
    if not job["stream"]:
        answer = responses.create(**body)
    else:
        with responses.stream(**body) as events:
            for event in events:
                if event.type in ("response.completed", "response.incomplete"):
                    answer = event.response
    details = answer.incomplete_details
    return {"text": answer.output_text, "end": details.reason if details else answer.status}


def say_messages(job):
    messages = Anthropic(base_url=job["gateway"], api_key=job["key"], max_retries=0).messages
    body = {"model": job["model"], "max_tokens": 1000, "messages": [{"role": "user", "content": job["text"]}]}
    if job["stream"]:
        with messages.stream(**body) as events:
            answer = events.get_final_message()
    else:
        answer = messages.create(**body)
    return {"text": "".join(block.text for block in answer.content), "end": answer.stop_reason}


def say_gemini(job):
    client = genai.Client(api_key=job["key"], http_options=types.HttpOptions(base_url=job["gateway"]))
    body = {"model": job["model"], "contents": job["text"]}
    if job["stream"]:
        answers = list(client.models.generate_content_stream(**body))
    else:
        answers = [client.models.generate_content(**body)]
    ends = [one.candidates[0].finish_reason for one in answers if one.candidates]
    return {"text": "".join(one.text or "" for one in answers), "end": [end.name for end in ends if end][-1]}


SAYS = {
    "openai-chat": say_chat,
    "openai-responses": say_responses,
    "anthropic-messages": say_messages,
    "gemini": say_gemini,
}


def compress(job):
    """The field of a message, and the library's own extra_body, whose members it puts at the root."""
    create = openai(job).chat.completions.create
    wish = {"aggressiveness": 0.9}
    asked = {"role": "user", "content": "[[say Hello.]] " + job["page"]}
    message = create(model=job["model"], messages=[{**asked, "compression": wish}])
    call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "[[say Hello.]] What of the harbour?"},
        {"role": "assistant", "content": job["thoughts"], "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": job["page"]},
    ]
    request = create(model=job["model"], messages=messages, extra_body={"compression": wish})
    return {"message": message.metadata["compression"], "request": request.metadata["compression"]}


def prompt_cache(job):
    create = openai(job).chat.completions.create
    answers = [create(model=job["model"], messages=job["messages"]) for _ in range(2)]
    return {"cached": [answer.usage.prompt_tokens_details.cached_tokens for answer in answers]}


OPERATIONS = {
    "search": lambda job: SEARCHES[job["surface"]](job),
    "say": lambda job: SAYS[job["surface"]](job),
    "compress": compress,
    "prompt_cache": prompt_cache,
}

for line in sys.stdin:
    job = json.loads(line)
    try:
        reply = {"reply": {"object": OPERATIONS[job["operation"]](job), "text": ""}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
