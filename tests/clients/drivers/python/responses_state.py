"""What OpenAI's library does with responses and conversations that are kept: one line of JSON in, one line out."""

import json
import sys
import time

from conversation import failure
from openai import NotFoundError, OpenAI


def is_gone(retrieve):
    try:
        retrieve()
    except NotFoundError:
        return True
    return False


def chain(client, model):
    first = client.responses.create(model=model, input="[[say one]]")
    second = client.responses.create(model=model, input="[[say two]]", previous_response_id=first.id)
    read = client.responses.retrieve(second.id)
    pages = client.responses.input_items.list(second.id, order="asc", limit=1)
    result = {
        "texts": [first.output_text, second.output_text, read.output_text],
        "previous": second.previous_response_id == first.id,
        "stored": read.store,
        "items": [item.role for item in pages],
    }
    client.responses.delete(first.id)
    return {**result, "gone": is_gone(lambda: client.responses.retrieve(first.id))}


def conversation(client, model):
    made = client.conversations.create(
        metadata={"topic": "a"}, items=[{"type": "message", "role": "user", "content": "[[say zero]]"}]
    )
    answer = client.responses.create(model=model, input="[[say one]]", conversation=made.id)
    added = client.conversations.items.create(made.id, items=[{"role": "user", "content": "more"}])
    items = [item.id for item in client.conversations.items.list(made.id, order="asc", limit=2)]
    item = client.conversations.items.retrieve(items[0], conversation_id=made.id)
    client.conversations.items.delete(items[0], conversation_id=made.id)
    changed = client.conversations.update(made.id, metadata={"topic": "b"})
    deleted = client.conversations.delete(made.id)
    return {
        "text": answer.output_text,
        "same": answer.conversation.id == made.id,
        "added": len(added.data),
        "items": len(items),
        "role": item.role,
        "topic": changed.metadata["topic"],
        "deleted": deleted.deleted,
        "gone": is_gone(lambda: client.conversations.retrieve(made.id)),
    }


def background(client, model):
    queued = client.responses.create(model=model, input="[[say done]]", background=True)
    answer = queued
    while answer.status in ("queued", "in_progress"):
        time.sleep(0.05)
        answer = client.responses.retrieve(queued.id)
    hanging = client.responses.create(model=model, input="[[fault hang]]", background=True)
    cancelled = client.responses.cancel(hanging.id)
    return {
        "first": queued.status,
        "last": answer.status,
        "text": answer.output_text,
        "cancelled": cancelled.status,
        "stays": client.responses.retrieve(hanging.id).status,
    }


OPERATIONS = {"chain": chain, "conversation": conversation, "background": background}

for line in sys.stdin:
    job = json.loads(line)
    try:
        client = OpenAI(base_url=job["gateway"] + "/v1", api_key=job["key"], max_retries=0)
        reply = {"reply": {"object": OPERATIONS[job["operation"]](client, job["model"]), "text": ""}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
