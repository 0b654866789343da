"""Pictures and sound in conversations with OpenAI's and Google's libraries: one line of JSON in, one line out."""

import base64
import json
import sys

from conversation import failure
from google import genai
from google.genai import types
from openai import OpenAI


def chat(job):
    """A picture, and in a second turn the same conversation with that picture in it."""
    client = OpenAI(base_url=f"{job['root']}/v1", api_key=job["key"], max_retries=0)
    messages = [{"role": "user", "content": "a cat"}]
    pictures = []
    for wish in ["now in blue", None]:
        message = ask_chat(client, job, messages)
        images = message.get("images") or []
        pictures += [image["image_url"]["url"].split(",", 1)[1] for image in images]
        messages += [message, {"role": "user", "content": wish}]
    return {"text": ",".join(pictures)}


def ask_chat(client, job, messages):
    asked = {"model": job["model"], "messages": messages, "modalities": ["text", "image"]}
    if not job["stream"]:
        return client.chat.completions.create(**asked).choices[0].message.model_dump(exclude_none=True)
    with client.chat.completions.stream(**asked) as stream:
        message = stream.get_final_completion().choices[0].message
        return {key: value for key, value in message.model_dump(exclude_none=True).items() if key != "parsed"}


def speak(job):
    client = OpenAI(base_url=f"{job['root']}/v1", api_key=job["key"], max_retries=0)
    asked = {
        "model": job["model"],
        "messages": [{"role": "user", "content": "[[say Good morning]]"}],
        "modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": "wav"},
    }
    audio = client.chat.completions.create(**asked).choices[0].message.audio
    return {"text": base64.b64decode(audio.data)[:4].decode(), "object": audio.transcript}


def gemini(job):
    """Google's own chat object keeps the pictures and replays them."""
    client = genai.Client(api_key=job["key"], http_options=types.HttpOptions(base_url=job["root"]))
    config = types.GenerateContentConfig(response_modalities=["TEXT", "IMAGE"])
    conversation = client.chats.create(model=job["model"], config=config)
    pictures = []
    for wish in ["a cat", "now in blue"]:
        if job["stream"]:
            chunks = list(conversation.send_message_stream(wish))
        else:
            chunks = [conversation.send_message(wish)]
        parts = [part for chunk in chunks for part in (chunk.candidates[0].content.parts or [])]
        pictures += [base64.b64encode(part.inline_data.data).decode() for part in parts if part.inline_data]
    return {"text": ",".join(pictures)}


WAYS = {"chat": chat, "speak": speak, "gemini": gemini}

for line in sys.stdin:
    job = json.loads(line)
    try:
        reply = {"reply": WAYS[job["way"]](job)}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
