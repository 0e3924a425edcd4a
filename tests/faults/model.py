"""A model that does not load: the server serves, and says so."""

import os
import tempfile

from harness import MODEL, same

ANGRY = "I hate this product. It is terrible, broken and a complete waste of money!"


def _damaged(change):
    """A copy of the model, changed."""
    with open(MODEL, "rb") as file:
        content = change(bytearray(file.read()))
    handle, path = tempfile.mkstemp(prefix="hark-model-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path


def _flip(content):
    content[len(content) // 2] ^= 0x40
    return content


def a_model_that_does_not_load_leaves_a_server_that_says_so(house):
    cases = (("empty", _damaged(lambda c: b"")),
             ("cut short", _damaged(lambda c: c[:len(c) // 2])), ("damaged", _damaged(_flip)),
             ("something else", _damaged(lambda c: b"\x7fELF" + c[4:])))
    for name, path in cases:
        server = house.start(settings={"HARK_MODEL": path})
        server.expected_errors = {"model_unavailable"}
        line = server.wait_for_log("model_unavailable")
        assert "HARK_MODEL" in line["remedy"] and line["error"], line
        same(len(server.log("model_unavailable")), 1, f"the number of lines when it is {name}")
        same(server.client.get("/health").json,
             {"status": "degraded", "ai_provider": "disabled", "ml_fallback": "unavailable",
              "model": None},
             f"/health when the model is {name}")
        item = server.client.add(ANGRY)
        same([item[field] for field in ("sentiment", "topic", "severity", "confidence_score",
                                        "alert_triggered", "processing_method", "model")],
             ["neutral", "general", "low", "low", False, "ml_fallback", None], name)
        same(server.client.get("/readyz").status, 200, f"/readyz when the model is {name}")
        house.close_own(True)
        os.remove(path)
