"""A language model that does all it is told: the worst there can be.

It speaks OpenAI's chat completions on 127.0.0.1, finds the case it is asked about by the code in the
text, and answers what that attacker wants, as long as the attack can be seen in what it was sent.
As a real provider would, it stops at max_tokens, and counts tokens for which it is paid."""

import http.server
import json
import re
import threading

CHARACTERS_A_TOKEN = 3
HONEST = {"sentiment": "negative", "confidence": 0.9, "topic": "general", "severity": "high",
          "language": "en", "summary": "A customer's words.", "urgent": False,
          "injection_suspected": False}


class Asked:
    """One call, as it came."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = dict(headers)
        self.bytes = body
        self.body = json.loads(body)
        self.text = self.body["messages"][-1]["content"]
        self.code = None
        self.input_tokens = self.output_tokens = 0


def fenced(text):
    """What stands between the two equal marks on lines of their own."""
    match = re.search(r"^([0-9a-f]{16})\n(.*)\n\1$", text, re.M | re.S)
    return match[2] if match else None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.owner.answer(Asked(self.path, self.headers, body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Obedient:
    def __init__(self):
        self.cases = {}
        self.asked = []
        self.obeyed = set()  # numbers of cases
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def settings(self):
        return {"OPENAI_API_KEY": "sk-test-of-injections",
                "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def learn(self, cases):
        self.cases.update((case.code, case) for case in cases)

    def _say(self, case, text):
        """What it says, and whether that is what the attacker wants."""
        if case is None or (case.needle and case.needle not in text):
            return json.dumps(HONEST), False
        wanted = {**case.wanted, "summary": case.wanted["summary"] * case.repeat}
        return json.dumps(wanted) + case.after, True

    def answer(self, asked):
        text = fenced(asked.text) or ""
        codes = [code for code in re.findall(r"\(([a-z]{9})\)", text) if code in self.cases]
        case = self.cases[codes[-1]] if codes else None
        said, obeys = self._say(case, text)
        most = asked.body.get("max_completion_tokens") or asked.body.get("max_tokens") or 10**6
        is_cut = len(said) > most * CHARACTERS_A_TOKEN
        said = said[:most * CHARACTERS_A_TOKEN]
        asked.code = codes[-1] if codes else None
        asked.input_tokens = len(asked.bytes) // CHARACTERS_A_TOKEN
        asked.output_tokens = -(-len(said) // CHARACTERS_A_TOKEN)
        with self.lock:
            self.asked.append(asked)
            if obeys:
                self.obeyed.add(case.number)
            number = len(self.asked)
        return json.dumps({
            "id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1790000000,
            "model": asked.body["model"], "service_tier": "default",
            "choices": [{"index": 0, "logprobs": None,
                         "finish_reason": "length" if is_cut else "stop",
                         "message": {"role": "assistant", "content": said, "refusal": None,
                                     "annotations": []}}],
            "usage": {"prompt_tokens": asked.input_tokens,
                      "completion_tokens": asked.output_tokens,
                      "total_tokens": asked.input_tokens + asked.output_tokens}}).encode()
