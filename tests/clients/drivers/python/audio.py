"""Sound and moderation with OpenAI's library as it is by default: one line of JSON in, one line out."""

import base64
import hashlib
import json
import sys

from conversation import failure
from openai import OpenAI


def sound(job):
    return ("sound.mp3", base64.b64decode(job["file"]))


def transcribe(client, job):
    answer = client.audio.transcriptions.create(file=sound(job), **job["body"])
    if job["body"].get("stream"):
        events = list(answer)
        return {"types": sorted({event.type for event in events}), "text": events[-1].text}
    if isinstance(answer, str):
        return {"text": answer}
    return {"text": answer.text, "object": type(answer).__name__}


def translate(client, job):
    answer = client.audio.translations.create(file=sound(job), **job["body"])
    return {"text": answer if isinstance(answer, str) else answer.text}


def speak(client, job):
    with client.audio.speech.with_streaming_response.create(**job["body"]) as response:
        digest = hashlib.sha256(b"".join(response.iter_bytes())).hexdigest()
        return {"text": digest, "object": response.headers["content-type"]}


def moderate(client, job):
    answer = client.moderations.create(**job["body"])
    return {"text": ",".join(str(result.flagged) for result in answer.results), "object": answer.model}


WAYS = {"transcribe": transcribe, "translate": translate, "speak": speak, "moderate": moderate}

for line in sys.stdin:
    job = json.loads(line)
    try:
        client = OpenAI(base_url=f"{job['root']}/v1", api_key=job["key"], max_retries=0)
        reply = {"reply": WAYS[job["way"]](client, job)}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
