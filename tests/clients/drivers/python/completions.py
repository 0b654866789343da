"""Legacy completions, and Responses over a WebSocket, by OpenAI's library: one line of JSON in, one line out."""

import json
import sys

from conversation import failure
from openai import OpenAI


def whole(answer):
    return {"object": json.loads(answer.model_dump_json()), "text": answer.model_dump_json()}


def completion(client, job):
    answer = client.completions.create(**job["body"])
    if not job["body"].get("stream"):
        return whole(answer)
    return {"text": "".join(chunk.choices[0].text for chunk in answer if chunk.choices)}


def socket(client, job):
    """Asks each of `turns` on one connection, each going on from the one before."""
    texts = []
    with client.responses.connect() as connection:
        previous = None
        for turn in job["turns"]:
            connection.response.create(**job["body"], input=turn, previous_response_id=previous)
            for event in connection:
                if event.type == "error":
                    raise RuntimeError(event.to_json())
                if event.type == "response.completed":
                    previous = event.response.id
                    texts.append(event.response.output_text)
                    break
    return {"text": "\n".join(texts)}


OPERATIONS = {"completion": completion, "socket": socket}

for line in sys.stdin:
    job = json.loads(line)
    try:
        client = OpenAI(base_url=job["gateway"] + "/v1", api_key=job["key"], max_retries=0)
        reply = {"reply": OPERATIONS[job["operation"]](client, job)}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
