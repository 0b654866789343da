"""Ranks and embeddings by Cohere's library as it is by default: one line of JSON in, one line out."""

import json
import sys

import cohere
from conversation import failure

ONCE = {"max_retries": 0}


def client(job):
    return cohere.ClientV2(api_key=job["key"], base_url=job["root"])


def rank(job):
    answer = client(job).rerank(**job["body"], request_options=ONCE)
    return [{"index": one.index, "relevanceScore": one.relevance_score} for one in answer.results]


def embed(job):
    answer = client(job).embed(**job["body"], request_options=ONCE)
    vectors = {"float": answer.embeddings.float_, "int8": answer.embeddings.int8}
    return {
        "texts": answer.texts,
        "embeddings": {kind: rows for kind, rows in vectors.items() if rows is not None},
    }


WAYS = {"rank": rank, "embed": embed}

for line in sys.stdin:
    job = json.loads(line)
    try:
        reply = {"reply": {"text": "", "object": WAYS[job["way"]](job)}}
    except Exception as error:  # every failure is a result that the test judges
        reply = {"failure": failure(error)}
    print(json.dumps({"id": job["id"], **reply}), flush=True)
