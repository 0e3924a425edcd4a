"""The stand-in for the providers of language models (tests/llm), as a test uses it."""

import http.client
import json
import os
import subprocess

import harness


class StandIn:
    def __init__(self, certificate=None):
        """With a certificate's path it speaks TLS at `tls_port`, too, and writes what to trust."""
        binary = os.path.join(os.path.dirname(harness.BINARY[0]), "llm-stand-in")
        tls = ["--tls-port", "0", "--certificate", certificate] if certificate else []
        self.process = subprocess.Popen([binary, "--until-stdin-ends", *tls],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ports = dict(self.process.stdout.readline().split() for _ in range(2 if tls else 1))
        self.port = int(ports["port"])
        self.tls_port = int(ports.get("tls-port", 0))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def settings(self, **more):
        """What makes a server ask it, as OpenAI."""
        return {"OPENAI_API_KEY": "sk-stand-in",
                "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1", **more}

    def settings_of(self, form, **more):
        """What makes a server ask it in the format of that name, and no other."""
        base = f"http://127.0.0.1:{self.port}"
        return {**{
            "openai": {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": base + "/v1",
                       "HARK_AI_OPENAI_API": "chat"},
            "responses": {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": base + "/v1",
                          "HARK_AI_OPENAI_API": "responses"},
            "compatible": {"HARK_AI_COMPATIBLE_URL": base + "/v1",
                           "HARK_AI_COMPATIBLE_API_KEY": "sk-1"},
            "anthropic": {"ANTHROPIC_API_KEY": "sk-ant-1", "ANTHROPIC_BASE_URL": base},
            "comprehend": {"HARK_AI_COMPREHEND_REGION": "eu-central-1",
                           "HARK_AI_COMPREHEND_BASE_URL": base, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                           "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        }[form], **more}

    def behaviours(self):
        return self._ask("GET", "/control/behaviours")["behaviours"]

    def behave(self, behaviour="good", **more):
        """From now on: delay_ms, count, error_rate, ..."""
        return self._ask("POST", "/control", {"behaviour": behaviour, **more})

    def state(self):
        return self._ask("GET", "/control")

    def requests(self):
        return self._ask("GET", "/control/requests")["requests"]

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body and json.dumps(body))
            response = connection.getresponse()
            text = response.read()
            assert response.status == 200, text
            return json.loads(text)
        finally:
            connection.close()
