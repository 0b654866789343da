"""The Python side of a driver: conversations over JSON lines, one line in, one line out.

A script subclasses Conversation and calls serve(). The JSON is driver.ts in words: `open`, `ask`, `answer`.
"""

import json
import sys


class FailedAnswer(Exception):
    """For libraries that hand out a failed answer as a value."""


class Conversation:
    def __init__(self, target, stream):
        self.model = target["model"]
        self.stream = stream
        self.last = {"text": ""}
        self.connect(target["root"], target["key"])

    def connect(self, root, key):
        raise NotImplementedError

    def ask(self, ask):
        raise NotImplementedError

    def answer(self, results):
        raise NotImplementedError


def turn(text="", thinking="", tool_calls=(), finish="", usage=(-1, -1)):
    calls = [{"id": id or "", "name": name, "arguments": arguments} for id, name, arguments in tool_calls]
    return {
        "text": text,
        "thinking": thinking,
        "toolCalls": calls,
        "finish": finish,
        "usage": {"input": usage[0], "output": usage[1]},
    }


def data_url(attachment):
    return f"data:{attachment['mediaType']};base64,{attachment['base64']}"


def failure(error):
    status = getattr(error, "status_code", None)
    if status is None:
        status = getattr(error, "code", None)
    known = {"status": status} if isinstance(status, int) else {}
    return {"name": type(error).__name__, "message": str(error), **known}


def serve(conversation_class):
    conversations = {}
    for line in sys.stdin:
        job = json.loads(line)
        try:
            if job["op"] == "open":
                conversations[job["conversation"]] = conversation_class(job["target"], job["stream"])
                reply = {"turn": None}
            elif job["op"] == "ask":
                reply = {"turn": conversations[job["conversation"]].ask(job["ask"])}
            else:
                reply = {"turn": conversations[job["conversation"]].answer(job["results"])}
        except Exception as error:  # every failure is a result that the test judges
            reply = {"failure": failure(error)}
        print(json.dumps({"id": job["id"], **reply}), flush=True)
