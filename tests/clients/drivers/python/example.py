"""Sends one example after another with the vendors' libraries: one line of JSON in, one line out."""

import base64
import inspect
import json
import sys

from anthropic import Anthropic
from conversation import failure
from google import genai
from google.genai import types
from openai import OpenAI


def arguments(create, body, flattened):
    """What the library has no argument for goes into its extra_body, whose members it puts at the root."""
    known = inspect.signature(create).parameters
    named = {name: value for name, value in body.items() if name in known and name != "extra_body"}
    extra = {name: value for name, value in body.items() if name not in named}
    if flattened:
        extra.update(extra.pop("extra_body", {}))
    return {**named, "extra_body": extra} if extra else named


def whole(answer):
    return {"object": json.loads(answer.model_dump_json()), "text": answer.model_dump_json()}


def uploads(files):
    """The files of a form by the names of the library's arguments."""
    found = {}
    for file in files:
        upload = (file["name"], base64.b64decode(file["base64"]), file["type"])
        found.setdefault(file["field"].removesuffix("[]"), []).append(upload)
    return {field: several if len(several) > 1 else several[0] for field, several in found.items()}


def openai(gateway, call, flattened):
    headers = dict(call["headers"])
    if call["scheme"] == "basic":
        headers["Authorization"] = f"Basic {call['key']}"
    base = gateway + call["base"]
    client = OpenAI(base_url=base, api_key=call["key"], max_retries=0, default_headers=headers)
    if call["resource"] == "models":
        return whole(client.models.list())
    create = {
        "chat": client.chat.completions.create,
        "responses": client.responses.create,
        "embeddings": client.embeddings.create,
        "pictures": client.images.generate,
        "edits": client.images.edit,
        "moderations": client.moderations.create,
        "completions": client.completions.create,
    }[call["resource"]]
    answer = create(**arguments(create, call["body"], flattened), **uploads(call["files"]))
    if not call["stream"]:
        return whole(answer)
    return {"text": "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)}


def anthropic(gateway, call, flattened):
    credential = {"auth_token": call["key"]} if call["scheme"] == "bearer" else {"api_key": call["key"]}
    client = Anthropic(base_url=gateway + call["base"], max_retries=0, default_headers=call["headers"], **credential)
    body = call["body"]
    if call["resource"] == "models":
        return whole(client.models.list(limit=1000))
    if not call["stream"]:
        return whole(client.messages.create(**arguments(client.messages.create, body, flattened)))
    body = {name: value for name, value in body.items() if name != "stream"}
    with client.messages.stream(**arguments(client.messages.stream, body, flattened)) as events:
        return {"text": events.get_final_text()}


def google(gateway, call, _flattened):
    client = genai.Client(api_key=call["key"], http_options={"base_url": gateway + call["base"]})
    body = dict(call["body"])
    model, contents = body.pop("model"), body.pop("contents")
    config = types.GenerateContentConfig(**{**body.pop("generationConfig", {}), **body})
    if not call["stream"]:
        return {"text": client.models.generate_content(model=model, contents=contents, config=config).text}
    chunks = client.models.generate_content_stream(model=model, contents=contents, config=config)
    return {"text": "".join(chunk.text or "" for chunk in chunks)}


LIBRARIES = {"openai": openai, "anthropic": anthropic, "google": google}

for line in sys.stdin:
    job = json.loads(line)
    try:
        call = job["call"]
        reply = {"reply": LIBRARIES[call["library"]](job["gateway"], call, job["flattened"])}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
