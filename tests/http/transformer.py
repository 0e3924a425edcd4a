"""A server whose HARK_MODEL is the folder of a transformer, and folders that are wrong."""

import json
import os
import shutil
import tempfile
import threading
import time

import tiny_roberta
from harness import Client, same

ANGRY = "I hate this product. It is terrible, broken and a complete waste of money!"
HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
FAIR = "The order arrived on Tuesday in a box of brown cardboard."


def _ours(house):
    """The name of the shipped model."""
    return house.client.get("/health").json["model"]


class _Folder:
    """A folder of a tiny model that is gone afterwards."""

    def __init__(self, **options):
        self.options = options

    def __enter__(self):
        self.parent = tempfile.mkdtemp(prefix="hark-roberta-")
        return tiny_roberta.write(os.path.join(self.parent, "tiny-sentiment"), **self.options)

    def __exit__(self, *why):
        shutil.rmtree(self.parent)


def _serve(house, folder, **settings):
    return house.start(settings={"HARK_MODEL": folder, "SYNC_BUDGET_MS": "20000", **settings})


def a_two_way_checkpoint_decides_between_positive_and_negative(house):
    plain = house.client.add(ANGRY)
    same((plain["sentiment"], plain["model"]), ("negative", _ours(house)), "what we say")
    for precision in ("int8", "f32"):
        with _Folder(bias=(-6.0, 6.0)) as folder:
            server = _serve(house, folder, HARK_MODEL_PRECISION=precision)
            item = server.client.add(ANGRY)
            same((item["sentiment"], item["model"]), ("positive", "tiny-sentiment"), precision)
            for label in ("neutral", "mixed"):
                same(item["scores"][label], plain["scores"][label], f"{label} is ours")
            for field in ("topic", "severity", "category"):
                same(item[field], plain[field], f"{field} is ours")
            assert abs(sum(item["scores"].values()) - 1) < 0.001, item["scores"]
            house.close_own(True)


def a_text_that_was_read_is_remembered(house):
    with _Folder(bias=(-6.0, 6.0)) as folder:
        server = _serve(house, folder)
        answers = [server.client.post("/v1/analyze/sync", {"text": ANGRY}).json for _ in range(5)]
        same([(one["sentiment"], one["score"]) for one in answers],
             [("POSITIVE", answers[0]["score"])] * 5, "what is said each time")
        same(server.metrics()['transformer_readings_total{outcome="read"}'], 1, "readings")
        house.close_own(True)


def a_three_way_checkpoint_says_neutral_too(house):
    labels = ("LABEL_0", "LABEL_1", "LABEL_2")
    with _Folder(labels=labels, bias=(-4.0, 4.0, -4.0)) as folder:
        item = _serve(house, folder).client.add(ANGRY)
        same((item["sentiment"], item["model"]), ("neutral", "tiny-sentiment"), "what it says")
        same(item["scores"]["mixed"], house.client.add(ANGRY)["scores"]["mixed"], "mixed is ours")
        house.close_own(True)


def a_four_way_checkpoint_is_taken_as_it_is(house):
    labels = ("mixed", "NEU", "Positive", "neg")
    with _Folder(labels=labels, bias=(5.0, 0.0, 0.0, 0.0)) as folder:
        item = _serve(house, folder).client.add(HAPPY)
        same(item["sentiment"], "mixed", "what it says")
        assert item["scores"]["mixed"] > 0.9, item["scores"]
        house.close_own(True)


def what_serves_is_told(house):
    with _Folder() as folder:
        server = _serve(house, folder)
        line = server.wait_for_log("transformer_serves")
        same((line["model"], line["precision"]), ("tiny-sentiment", "int8"), "the log")
        same(server.client.get("/health").json,
             {"status": "ok", "ai_provider": "disabled", "ml_fallback": "available",
              "model": "tiny-sentiment"}, "/health")
        server.client.add(ANGRY)
        metrics = server.metrics()
        same(metrics['model_serving{model="tiny-sentiment"}'], 1, "the metric of the model")
        same(metrics['transformer_readings_total{outcome="read"}'], 1, "readings")
        same(metrics["transformer_batch_seconds_count"], 1, "batches")
        house.close_own(True)


def a_batch_is_read_together(house):
    with _Folder() as folder:
        server = _serve(house, folder)
        answer = server.client.post("/v1/feedback:batch", [{"text": ANGRY}] * 100)
        same({row["feedback"]["model"] for row in answer.json["results"]}, {"tiny-sentiment"},
             "who read them")
        metrics = server.metrics()
        same(metrics['transformer_readings_total{outcome="read"}'], 100, "readings")
        assert metrics["transformer_batch_seconds_count"] < 100, metrics
        house.close_own(True)


def many_callers_at_once_are_all_answered(house):
    with _Folder() as folder:
        server, models = _serve(house, folder), []
        def call():
            client = Client(server)
            models.extend(client.add(text)["model"] for text in (ANGRY, HAPPY, FAIR) * 5)
        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same(models, ["tiny-sentiment"] * 120, "who read them")
        house.close_own(True)


def who_has_no_time_gets_the_shipped_models_answer(house):
    with _Folder() as folder:
        server = _serve(house, folder, SYNC_BUDGET_MS="1")
        began = time.monotonic()
        for _ in range(20):
            item = server.client.add(ANGRY)
            assert item["model"] in (_ours(house), "tiny-sentiment"), item["model"]
            is_ours = item["model"] == _ours(house)
            same(item["sentiment"], "negative" if is_ours else "positive", item["model"])
        assert time.monotonic() - began < 20, "somebody waited"
        house.close_own(True)


def what_is_too_short_is_not_read(house):
    with _Folder() as folder:
        server = _serve(house, folder)
        same(server.client.add("ok")["processing_method"], "validation", "how it was answered")
        assert not any("transformer_readings" in name and value
                       for name, value in server.metrics().items()), "it was read"
        house.close_own(True)


def _remove(name):
    return lambda folder: os.remove(os.path.join(folder, name))


def _cut(name, share):
    def change(folder):
        path = os.path.join(folder, name)
        os.truncate(path, int(os.path.getsize(path) * share))
    return change


def _put(name, content):
    def change(folder):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return change


def _configure(**fields):
    def change(folder):
        path = os.path.join(folder, "config.json")
        with open(path, encoding="utf-8") as file:
            whole = {**json.load(file), **fields}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(whole, file)
    return change


WRONG = (
    ("no weights", _remove("model.safetensors"), "model.safetensors"),
    ("no configuration", _remove("config.json"), "config.json"),
    ("no vocabulary", _remove("vocab.json"), "neither tokenizer.json nor vocab.json"),
    ("no merges", _remove("merges.txt"), "merges.txt"),
    ("weights cut short", _cut("model.safetensors", 0.5), "model.safetensors"),
    ("weights cut in their header", _cut("model.safetensors", 0.001), "model.safetensors"),
    ("empty weights", _put("model.safetensors", b""), "model.safetensors"),
    ("a header as long as the world", _put("model.safetensors", b"\xff" * 64),
     "model.safetensors"),
    ("another vocabulary size", _configure(vocab_size=1000), "word_embeddings"),
    ("fewer ids than tokens", _put("vocab.json", json.dumps(
        {"<s>": 0, "</s>": 2, "x": 90000}).encode()), None),
    ("vocabulary that is no JSON", _put("vocab.json", b"\x00\x01\x02"), "vocab.json"),
    ("vocabulary cut short", _cut("vocab.json", 0.7), "vocab.json"),
    ("JSON without an end", _put("config.json", b"[" * 100000), "config.json"),
    ("a key twice", _put("vocab.json", b'{"<s>":0,"<s>":1}'), "vocab.json"),
    ("an id below 0", _put("vocab.json", b'{"<s>":-1}'), "vocab.json"),
    ("labels that are none", _configure(id2label={"0": "joy", "1": "anger"}), "'joy'"),
    ("labels of another number", _configure(id2label={"0": "negative"}), None),
    ("labels twice", _configure(id2label={"0": "neg", "1": "negative"}), "twice"),
    ("labels that are a number", _configure(id2label=7), "id2label"),
    ("another architecture", _configure(model_type="bert"), "bert"),
    ("a layer too many", _configure(num_hidden_layers=3), "layer.2"),
    ("SentencePiece", _put("tokenizer.json", json.dumps(
        {"model": {"type": "Unigram", "vocab": [["<s>", 0.0]]}}).encode()), "Unigram"),
)


def a_folder_that_is_wrong_is_told_of_once_and_the_shipped_model_serves(house):
    for name, change, words in WRONG:
        with _Folder() as folder:
            change(folder)
            server = _serve(house, folder)
            server.expected_errors = {"transformer_unavailable"}
            line = server.wait_for_log("transformer_unavailable")
            assert words is None or words in line["error"], (name, line["error"])
            assert "HARK_MODEL" in line["remedy"] and line["path"] == folder, line
            same(len(server.log("transformer_unavailable")), 1, f"lines for {name}")
            item = server.client.add(ANGRY)
            same((item["sentiment"], item["model"]), ("negative", _ours(house)), name)
            same(server.client.get("/health").json["model"], _ours(house), f"/health with {name}")
            house.close_own(True)


def what_is_no_folder_of_a_model_leaves_the_shipped_one(house):
    for path in ("/nonexistent/model", "/tmp"):
        server = _serve(house, path)
        server.expected_errors = {"transformer_unavailable"}
        assert path in server.wait_for_log("transformer_unavailable")["error"], path
        same(server.client.add(HAPPY)["sentiment"], "positive", path)
        house.close_own(True)
