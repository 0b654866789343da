"""Files and batches with the vendors' own libraries: one line of JSON in, one line out."""

import json
import sys

import anthropic
import openai
from conversation import failure
from google import genai
from google.genai import errors


def is_gone(retrieve):
    try:
        retrieve()
    except (openai.NotFoundError, anthropic.NotFoundError):
        return True
    return False


def line(text, at):
    body = {"model": "open/m", "messages": [{"role": "user", "content": text}]}
    return json.dumps({"custom_id": f"line-{at}", "method": "POST", "url": "/v1/chat/completions", "body": body})


def with_openai(job):
    client = openai.OpenAI(base_url=f"{job['gateway']}/v1", api_key=job["key"], max_retries=0)
    text = "\n".join(line(f"[[say {word}]]", at) for at, word in enumerate(["one", "two"]))
    file = client.files.create(
        file=("lines.jsonl", text.encode()),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )

    def start():
        return client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )

    batch = client.batches.retrieve(start().id)
    content = client.files.content(batch.output_file_id).text
    answers = [json.loads(told)["response"]["body"] for told in content.strip().split("\n")]
    files = len(list(client.files.list(limit=1)))
    cancelled = client.batches.cancel(start().id)
    deleted = client.files.delete(file.id)
    return {
        "status": batch.status,
        "texts": [answer["choices"][0]["message"]["content"] for answer in answers],
        "model": answers[0]["model"],
        "files": files,
        "batches": len(list(client.batches.list(limit=1))),
        "cancelled": cancelled.status,
        "deleted": deleted.deleted,
        "gone": is_gone(lambda: client.files.retrieve(file.id)),
    }


def with_anthropic(job):
    client = anthropic.Anthropic(base_url=job["gateway"], api_key=job["key"], max_retries=0)
    batches = client.messages.batches

    def start(texts):
        return batches.create(
            requests=[
                {
                    "custom_id": f"r-{at}",
                    "params": {
                        "model": "claude/m",
                        "max_tokens": 99,
                        "messages": [{"role": "user", "content": text}],
                    },
                }
                for at, text in enumerate(texts)
            ]
        )

    started = start(["[[say one]]", "[[say two]]"])
    batch = batches.retrieve(started.id)
    texts = [result.result.message.content[0].text for result in batches.results(started.id)]
    cancelled = batches.cancel(start(["[[batch polls=9]]"]).id)
    deleted = batches.delete(started.id)
    return {
        "status": batch.processing_status,
        "texts": texts,
        "batches": len(list(batches.list(limit=1))),
        "cancelled": cancelled.processing_status,
        "deleted": deleted.type,
        "gone": is_gone(lambda: batches.retrieve(started.id)),
    }


def with_google(job):
    client = genai.Client(api_key=job["key"], http_options={"base_url": job["gateway"]})
    source = [{"contents": [{"role": "user", "parts": [{"text": f"[[say {word}]]"}]}]} for word in ["one", "two"]]
    started = client.batches.create(model="google/m", src=source, config={"display_name": "mine"})
    batch = client.batches.get(name=started.name)
    texts = [answer.response.candidates[0].content.parts[0].text for answer in batch.dest.inlined_responses]
    batches = len(list(client.batches.list(config={"page_size": 1})))
    client.batches.cancel(name=started.name)
    client.batches.delete(name=started.name)
    try:
        client.batches.get(name=started.name)
        gone = 200
    except errors.ClientError as error:
        gone = error.code
    return {"status": batch.state.name, "name": batch.display_name, "texts": texts, "batches": batches, "gone": gone}


VENDORS = {"openai": with_openai, "anthropic": with_anthropic, "google": with_google}

for text in sys.stdin:
    job = json.loads(text)
    try:
        reply = {"reply": {"object": VENDORS[job["vendor"]](job)}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
