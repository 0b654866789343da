"""Asks one question after another with the vendors' libraries as they are by default: one line of JSON in, one line out."""

import json
import re
import sys

import anthropic
import openai
from conversation import failure
from google import genai
from google.genai import errors

TOLD = re.compile(r"ratelimit|^retry-after|^x-should-retry$|request-id$")


def told(headers):
    return {name: value for name, value in headers.items() if TOLD.search(name)}


def refused(error):
    known = {"name": type(error).__name__, "message": str(error)}
    if isinstance(error, errors.APIError):
        return {**known, "status": error.code, "type": error.status}
    members = {
        "status": error.status_code,
        "requestId": error.request_id,
        "code": getattr(error, "code", None),
        "type": getattr(error, "type", None),
        "param": getattr(error, "param", None),
    }
    return {**known, "headers": told(error.response.headers), **{k: v for k, v in members.items() if v is not None}}


def chat(target, stream, question):
    client = openai.OpenAI(base_url=f"{target['root']}/v1", api_key=target["key"])
    messages = [{"role": "user", "content": question}]
    raw = client.chat.completions.with_raw_response.create(model=target["model"], messages=messages, stream=stream)
    answer = raw.parse()
    if not stream:
        return {"text": answer.choices[0].message.content, "headers": told(raw.headers)}
    text = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
    return {"text": text, "headers": told(raw.headers)}


def responses(target, stream, question):
    client = openai.OpenAI(base_url=f"{target['root']}/v1", api_key=target["key"])
    create = client.responses.with_raw_response.create
    raw = create(model=target["model"], input=question, store=False, stream=stream)
    answer = raw.parse()
    if not stream:
        return {"text": answer.output_text, "headers": told(raw.headers)}
    text = "".join(event.delta for event in answer if event.type == "response.output_text.delta")
    return {"text": text, "headers": told(raw.headers)}


def messages(target, stream, question):
    client = anthropic.Anthropic(base_url=target["root"], api_key=target["key"])
    create = client.messages.with_raw_response.create
    asked = [{"role": "user", "content": question}]
    raw = create(model=target["model"], max_tokens=100, messages=asked, stream=stream)
    answer = raw.parse()
    if not stream:
        return {"text": answer.content[0].text, "headers": told(raw.headers)}
    deltas = [event.delta for event in answer if event.type == "content_block_delta"]
    return {"text": "".join(delta.text for delta in deltas), "headers": told(raw.headers)}


def google(target, stream, question):
    client = genai.Client(api_key=target["key"], http_options={"base_url": target["root"]})
    if not stream:
        return {"text": client.models.generate_content(model=target["model"], contents=question).text}
    chunks = client.models.generate_content_stream(model=target["model"], contents=question)
    return {"text": "".join(chunk.text or "" for chunk in chunks)}


LIBRARIES = {"openai-chat": chat, "openai-responses": responses, "anthropic-messages": messages, "gemini": google}
REFUSALS = (openai.APIStatusError, anthropic.APIStatusError, errors.APIError)

for line in sys.stdin:
    job = json.loads(line)
    try:
        reply = {"asked": LIBRARIES[job["surface"]](job["target"], job["stream"], job["question"])}
    except REFUSALS as error:
        reply = {"asked": {"refused": refused(error)}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
