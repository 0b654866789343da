"""Embeddings and pictures by OpenAI's and Google's libraries as they are by default: one line of JSON in, one line out."""

import base64
import json
import sys

from conversation import failure
from google import genai
from google.genai import types
from openai import OpenAI


def openai_client(job):
    return OpenAI(base_url=f"{job['root']}/v1", api_key=job["key"], max_retries=0)


def google_client(job, **more):
    options = types.HttpOptions(base_url=job["root"], retry_options=types.HttpRetryOptions(attempts=1))
    return genai.Client(api_key=job["key"], http_options=options, **more)


def drawn(answer, streams):
    if streams:
        events = list(answer)
        return {"types": [event.type for event in events], "images": [events[-1].b64_json]}
    return {"images": [image.b64_json or image.url for image in answer.data]}


def openai_embed(job):
    answer = openai_client(job).embeddings.create(**job["body"])
    return {
        "vectors": [row.embedding for row in answer.data],
        "object": {"model": answer.model, "tokens": answer.usage.prompt_tokens},
    }


def openai_draw(job):
    return drawn(openai_client(job).images.generate(**job["body"]), job["body"].get("stream"))


def openai_edit(job):
    files = [(f"{index}.png", base64.b64decode(data), "image/png") for index, data in enumerate(job["files"])]
    mask = {"mask": ("mask.png", base64.b64decode(job["mask"]), "image/png")} if "mask" in job else {}
    answer = openai_client(job).images.edit(image=files if len(files) > 1 else files[0], **mask, **job["body"])
    return drawn(answer, job["body"].get("stream"))


def google_embed(job):
    with google_client(job) as client:
        answer = client.models.embed_content(**job["body"])
    return {"vectors": [embedding.values for embedding in answer.embeddings]}


def google_draw(job):
    # Imagen's methods are Vertex AI's.
    with google_client(job, vertexai=True) as client:
        answer = client.models.generate_images(**job["body"])
    return {"images": [base64.b64encode(made.image.image_bytes).decode() for made in answer.generated_images]}


def google_retouch(job):
    body = dict(job["body"])
    image = types.Image(image_bytes=base64.b64decode(body.pop("picture")), mime_type="image/png")
    picture = types.RawReferenceImage(reference_id=1, reference_image=image)
    with google_client(job, vertexai=True) as client:
        answer = client.models.edit_image(reference_images=[picture], **body)
    return {"images": [base64.b64encode(made.image.image_bytes).decode() for made in answer.generated_images]}


WAYS = {
    "openai": {"embed": openai_embed, "draw": openai_draw, "edit": openai_edit},
    "google": {"embed": google_embed, "draw": google_draw, "retouch": google_retouch},
}

for line in sys.stdin:
    job = json.loads(line)
    try:
        reply = {"reply": {"text": "", **WAYS[job["library"]][job["way"]](job)}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
