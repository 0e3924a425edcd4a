"""The commands of the models: what Hark comes with, measuring it, and what corrections teach it."""

import hashlib
import json
import os
import re
import shutil
import xml.etree.ElementTree

import tiny_roberta
from house import ROOT, both_ways, test

FILES = {"model": "hark-ngram.bin", "names": "hark-names.bin", "vectors": "hark-vectors.bin",
         "languages": "hark-language.bin"}


def _lay_out(house):
    """Hark as it is installed, with models of its own beside it, to be damaged."""
    del house.environment["HARK_MODEL"], house.environment["HARK_SEARCH_MODEL"]
    for folder in ("bin", "models"):
        os.mkdir(house.path(folder))
    house.hark = shutil.copy(house.hark, house.path("bin/hark"))
    for name in FILES.values():
        shutil.copy(os.path.join(ROOT, "models", name), house.path("models"))


def _doctor(house, code):
    return {item["check"]: item
            for item in house.run("doctor", "--json", "--http.port=0", code=code).json}


@test
def tells_of_each_file_that_it_comes_with(house):
    _lay_out(house)
    files = house.run("model", "verify", "--json").json["files"]
    assert {file["what"]: file["file"] for file in files} == FILES
    for file in files:
        with open(house.path("models/" + file["file"]), "rb") as model:
            content = model.read()
        assert os.path.samefile(file["path"], model.name) and file["size"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest() and file["loads"]
    assert house.run("model", "verify").out.count("loads      yes") == len(FILES)
    checks = _doctor(house, 0)
    assert {checks[what]["verdict"] for what in FILES} == {"ok"}


@test
def names_the_file_that_is_missing_or_damaged_what_is_lost_and_the_remedy(house):
    _lay_out(house)
    lost = {"model": "neutral", "names": "not hidden", "vectors": "only words", "languages": "language"}
    for what, name in FILES.items():
        path = house.path("models/" + name)
        with open(path, "rb") as file:
            whole = file.read()
        flipped = bytearray(whole)
        flipped[len(flipped) // 2] ^= 1
        for content in (None, b"", whole[:len(whole) // 2], bytes(flipped), b"no model" * 99):
            os.remove(path) if content is None else house.write("models/" + name, content)
            checks = _doctor(house, 1)
            assert {key for key in FILES if checks[key]["verdict"] == "fail"} == {what}, checks
            assert name in checks[what]["found"] and lost[what] in checks[what]["remedy"], checks
            result = house.run("model", "verify", code=1)
            assert result.out.count("loads      yes") == len(FILES) - 1 and name in result.err
            assert result.out.count("remedy ") == 1 and lost[what] in result.out, result
            house.run("model", "list")
            house.write("models/" + name, whole)
    for name in FILES.values():
        os.remove(house.path("models/" + name))
    assert house.run("model", "verify", code=1).err.count("hark: ") == len(FILES)


@test
def looks_after_the_model(house):
    assert house.run("model", "where").out.strip() == house.environment["HARK_MODEL"]
    about = house.run("model", "list", "--json").json
    assert about["loads"] and re.fullmatch(r"[0-9a-f]{64}", about["sha256"])
    assert about["size"] == os.path.getsize(house.environment["HARK_MODEL"])
    assert "loads      yes" in house.run("model", "verify").out
    model = bytearray(open(house.environment["HARK_MODEL"], "rb").read())
    model[len(model) // 2] ^= 1
    house.environment["HARK_MODEL"] = house.write("flipped.bin", bytes(model))
    assert "loads      no" in house.run("model", "verify", code=1).out
    house.environment["HARK_MODEL"] = house.path("gone.bin")
    about = house.run("model", "list", "--json").json
    assert about["loads"] and about["transformer"]["loads"] is False
    assert "gone.bin" in house.run("model", "verify", code=1).err


@test
def looks_after_a_transformer(house):
    folder = tiny_roberta.write(house.path("tiny"))
    house.environment["HARK_MODEL"] = folder
    about = house.run("model", "list", "--json").json
    assert about["loads"] and about["transformer"]["loads"], about
    assert about["transformer"]["name"] == "tiny" and about["transformer"]["path"] == folder
    assert house.run("model", "verify").out.count("loads      yes") == 1 + len(FILES)
    assert house.run("model", "where").out.splitlines()[1] == folder
    assert re.search(r"^ok +transformer +tiny,", house.run("doctor", "--http.port=0").out, re.M)
    with open(os.path.join(tiny_roberta.TOKENIZER, "expected.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    lines = "".join(json.dumps(row["text"]) + "\n" for row in rows)
    tokens = house.run("model", "tokens", "--json", stdin=lines).out.splitlines()
    assert [json.loads(line) for line in tokens] == [row["ids"] for row in rows]
    assert house.run("model", "tokens", stdin="the server\n").out.startswith("0 ")
    assert house.run("model", "tokens", "--json", stdin="7\n", code=1).err.startswith("hark: ")
    assert house.run("analyze", "--json", "I hate it, it is terrible").json["model"] == "tiny"
    path = house.write("test.tsv", "positive\tI hate it, it is terrible\nnegative\tI love it\n")
    report = house.run("eval", path, "--json").json
    assert report["model"] == "tiny" and report["heads"]["sentiment"]["binary_accuracy"] == 0.5
    os.remove(os.path.join(folder, "merges.txt"))
    assert "merges.txt" in house.run("model", "verify", code=1).err
    assert "merges.txt" in house.run("eval", path, code=1).err
    assert re.search(r"^fail +transformer .*merges", house.run(
        "doctor", "--http.port=0", code=1).out, re.M)
    assert house.run("analyze", "--json", "I hate it, it is terrible").json["model"] != "tiny"


@test
def measures_the_model(house):
    rows = [("positive", "I love this app"), ("negative", "It crashes all the time"),
            ("negative", "Terrible support, I want my money back"), ("positive", "Great work")]
    path = house.write("test.tsv", "".join(f"{label}\t{text}\n" for label, text in rows))
    report = house.run("eval", path, "--json").json
    assert (report["file"], list(report["heads"])) == (path, ["sentiment"]) and report["model"]
    result = report["heads"]["sentiment"]
    assert result["rows"] == 4 and 0 <= result["macro_f1"] <= 1
    assert sum(sum(row.values()) for row in result["confusion"].values()) == 4
    right = sum(result["confusion"][name][name] for name in result["confusion"])
    assert abs(result["accuracy"] - right / 4) < 1e-6
    for parts in (result["bins"], result["bands"].values()):
        assert sum(part["rows"] for part in parts) == 4
        hits = sum(part["rows"] * (part["accuracy"] or 0) for part in parts)
        assert abs(hits - right) < 1e-3
    error = sum(part["rows"] * abs(part["accuracy"] - part["confidence"])
                for part in result["bins"] if part["rows"]) / 4
    assert abs(error - result["calibration_error"]) < 1e-4
    answered = sum(row["negative"] for row in result["confusion"].values())
    assert result["labels"]["negative"]["rows"] == 2
    assert abs(result["labels"]["negative"]["precision"] * answered -
               result["confusion"]["negative"]["negative"]) < 1e-4
    assert "labelled as" in house.run("eval", path).out
    house.write("odd.tsv", "what\tever\n")
    assert house.run("eval", house.path("odd.tsv"), code=1).err.startswith("hark: ")
    assert "No such file" in house.run("eval", house.path("none.tsv"), code=1).err


@test
def measures_all_heads_of_rows_that_say_all_and_draws_them(house):
    path = house.write("all.tsv", "negative/bug/high\tThe app crashes when I log in\n"
                                  "positive/-/low\tI love this app\n"
                                  "-/billing/-\tI was charged twice\n")
    picture = house.path("picture.svg")
    heads = house.run("eval", path, "--json", "--svg", picture).json["heads"]
    assert {name: head["rows"] for name, head in heads.items()} == \
        {"sentiment": 2, "topic": 2, "severity": 2}
    drawn = xml.etree.ElementTree.parse(picture).getroot()
    texts = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"sentiment", "topic", "severity", "accuracy", "confidence"} <= set(texts), texts
    assert texts.count("confidence") == 3 and "prefers-color-scheme:dark" in open(picture).read()
    assert "cannot write" in house.run("eval", path, "--svg", "/nonexistent/p.svg", code=1).err
    part = house.write("part.tsv", "-/ux/-\tThe menu is confusing\n")
    assert list(house.run("eval", part, "--json").json["heads"]) == ["topic"]
    house.run("eval", "--data", house.folder, "--svg", picture, code=2)


@test
def measures_the_model_on_a_folder_of_sets(house):
    folder = house.path("data")
    for name, rows in (
            ("sst2/test.tsv", [("positive", "I love this app"), ("negative", "It is awful")]),
            ("mams/test.tsv", [("positive", "Awful, just awful"), ("negative", "I hate it"),
                               ("mixed", "Great product but terrible support")]),
            ("topic6/test.tsv", [("bug", "The app crashes on start"), ("ux", "Ugly buttons")]),
            ("langid/test.tsv", [("en", "How are you today?")])):
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        house.write("data/" + name, "".join(f"{label}\t{text}\n" for label, text in rows))
    severity = house.write("grave.tsv", "low\tThank you, works well\n")
    card = house.run("eval", "--data", folder, "--severity", severity, "--json").json
    sets = {row["set"]: row for head in ("sentiment", "topic", "severity", "noise")
            for row in card[head]}
    assert list(sets) == ["sst2/test", "mams/test", "topic6/test", "grave", "langid/test"]
    assert sets["mams/test"]["rows"] == 3 and sets["mams/test"]["binary_rows"] == 2
    assert sets["sst2/test"]["binary_accuracy"] == 1 and sets["mams/test"]["f1"]["mixed"] == 1
    assert sets["mams/test"]["binary_accuracy"] == 0.5 and card["mean_binary_accuracy"] == 0.75
    assert set(sets["topic6/test"]["f1"]) == {"bug", "ux"} and sets["langid/test"]["rows"] == 1

    tables = house.run("eval", "--data", folder, "--severity", severity).out.split("\n\n")
    assert [table.split()[1] for table in tables] == ["sentiment", "topic", "severity", "noise"]
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert re.search(r"^\| mams/test \| 3 \| 50\.0 \| .* \| 1\.00 \| ", tables[0], re.M)
    assert "| **mean** | | **75.00** |" in tables[0]
    assert "nothing to measure on" in house.run("eval", "--data", house.folder, code=1).err


@both_ways
def learns_from_nothing_but_corrections(house):
    assert "too few" in house.run("train", "--update").out
    result = house.run("train", "--update", "--json").json
    assert (result["outcome"], result["version"]) == ("too_few_corrections", 0)
    assert "shipped model alone" in house.run("model").out
    model = house.run("model", "show", "--tenant", "2", "--json").json
    assert model["versions"] == [] and model["version"] == 0 and model["base"]
    assert "nothing to go back from" in house.run("model", "rollback", code=1).err
    assert "not kept" in house.run("model", "use", "3", code=1).err
    assert "shipped model alone" in house.run("model", "use", "0").out
    for words in (["model", "use"], ["model", "use", "-3"], ["model", "use", "x"],
                  ["model", "show", "1"], ["model", "show", "--tenant", "0"],
                  ["train", "--update", "--tenant", "me"], ["train", "--update", "--data", "x"]):
        house.run(*words, code=2)


@test
def times_the_model(house):
    path = house.write("lines.txt", "It crashes all the time\nI love this app\n")
    assert re.match(r"\d+ messages/s \(\d+ to \d+ in 5 rounds\)\n$",
                    house.run("bench", "classifier", path).out)
    house.run("bench", "classifier", house.write("empty.txt", "\n"), code=1)
    house.run("bench", "database", path, code=2)


@test
def shows_how_often_the_topic_of_similar_feedback_is_wrong(house):
    rows = [("bug", "The app crashes when I open the camera."),
            ("bug", "The app crashes when I open the camera"),
            ("performance", "The app always crashes when I open the camera."),
            ("billing", "I was charged twice for the same month."),
            ("nonsense", "I was charged twice for the same month!")]
    path = house.write("topics.tsv", "".join(f"{label}\t{text}\n" for label, text in rows))
    report = house.run("eval", "--task", "similar-topic", "--json", path).json
    assert [row["similar_topic"] for row in report] == list(range(50, 100, 5))
    assert all(row["rows"] == 4 for row in report), "another topic than ours is left out"
    at_80 = next(row for row in report if row["similar_topic"] == 80)
    assert (at_80["hits"], at_80["wrong"]) == (3, 3), "the same letters are not similar, but same"
    assert "wrong hits" in house.run("eval", "--task", "similar-topic", path).out
    house.write("odd.tsv", "what\tever\n")
    assert house.run("eval", "--task", "similar-topic", house.path("odd.tsv"), code=1).err
