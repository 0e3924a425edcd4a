"""The command line, as people use it: python3 tests/cli/test_cli.py BUILD/hark

Those of its tests that are about the models are in model_commands.py, those about the queue in
queue_commands.py. Every test has a folder and a database of its own. Those under "both ways" run
twice: with the command opening the database itself, and with `hark serve` owning it. Ends with a
count; the exit code is 1 when a test fails. Names on the command line choose tests by a part of
their name."""

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import traceback

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import model_commands  # its tests, too
import prompt_commands
import queue_commands
from house import SAMPLE, SECONDS, House, Terminal, both_ways, test, tests, wait_for


def many_rows(count):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["text", "rating"])
    for i in range(count):
        writer.writerow([f"The export number {i} fails, and support does not answer.", i % 5 + 1])
    return out.getvalue()


# ---------------------------------------------------------------- help and exit codes


@test
def explains_itself(house):
    listed = house.run("help").out
    for name in ("serve", "analyze", "redact", "import", "export", "settings", "openapi", "migrate", "keys",
                 "doctor", "model", "train", "eval"):
        assert re.search(rf"^  {name} ", listed, re.M), name
        about = house.run("help", name).out
        assert f"Usage: hark {name}" in about
        assert house.run(name, "--help").out == about
    assert house.run("--help").out == listed
    assert re.fullmatch(r"hark \d+\.\d+\.\d+\n", house.run("--version").out)
    assert not os.path.exists(house.path("hark.db"))


@test
def alone_without_a_terminal_it_prints_help_and_exits_2(house):
    result = house.run(code=2)
    assert "Usage: hark" in result.err and result.out == ""


@test
def refuses_what_it_does_not_understand(house):
    for arguments in (["nope"], ["import"], ["import", "a", "b"], ["import", "--nope", "a"],
                      ["import", "a", "--source"], ["analyze", "--json=yes"], ["export", "-x"],
                      ["export", "--format", "xml"], ["keys"], ["keys", "eat"],
                      ["keys", "create"], ["model", "eat"], ["help", "nope"], ["train"],
                      ["serve", "--http.prot=1"], ["serve", "--http.port=many"],
                      ["eval"], ["eval", "--labels=x", "f"], ["eval", "--data=d", "f"]):
        result = house.run(*arguments, code=2)
        assert result.err.startswith("hark: "), result
        assert result.out == "", result
    assert not os.path.exists(house.path("hark.db"))


@test
def says_what_failed_and_exits_1(house):
    assert "No such file" in house.run("import", "gone.csv", code=1).err
    house.write("broken.db", b"this is no database, but it is long enough to look like one" * 99)
    house.environment["DATABASE_URL"] = "sqlite:" + house.path("broken.db")
    assert house.run("export", code=1).err.startswith("hark: ")
    house.environment["DATABASE_URL"] = "sqlite:/nowhere/hark.db"
    assert house.run("migrate", code=1).err.startswith("hark: ")


@test
def settings_come_as_a_table_markdown_and_json(house):
    house.environment["API_KEY"] = "a-very-secret-key"
    text = house.run("settings", "--http.port=9123").out
    assert "http.port" in text and "9123" in text and "a-very-secret-key" not in text
    assert "HARK_HTTP_PORT" in house.run("settings", "--markdown").out
    assert "a-very-secret-key" not in json.dumps(house.run("settings", "--json").json)


# ---------------------------------------------------------------- analyze


@both_ways
def analyses_a_text_without_keeping_it(house):
    result = house.run("analyze", "The app keeps crashing when I try to checkout!")
    assert "negative" in result.out and "bug" in result.out and "\033" not in result.out
    answer = house.run("analyze", "--json", "The app keeps crashing!").json
    assert (answer["sentiment"], answer["topic"], answer["id"]) == ("negative", "bug", 0)
    assert house.count() == 0


@both_ways
def analyses_each_line_in_order(house):
    wanted = [f"I love feature number {i} of it" for i in range(1300)]
    answers = house.run("analyze", "--json", stdin="\n".join(wanted)).lines
    assert [answer["text"] for answer in answers] == wanted


@both_ways
def answers_each_line_whatever_it_is(house):
    lines = [b"it works well for us", b"", b'{"text": "too slow today", "rating": 2}',
             b'{"txet": "x"}', b"\xff\xfe", b'{"text": broken', b"x" * (3 << 20),
             "großartig, danke".encode()]
    answers = house.run("analyze", "--json", stdin=b"\n".join(lines) + b"\n").lines
    assert len(answers) == len(lines)
    assert ["error" in answer for answer in answers] == [False, True, False, True, True, False,
                                                         True, False]
    assert answers[2]["rating"] == 2 and answers[7]["text"] == "großartig, danke"


@test
def analyses_for_people_too(house):
    out = house.run("analyze", stdin="It crashes all the time\nI love it so much\n").out.splitlines()
    assert len(out) == 2 and "negative" in out[0] and "positive" in out[1]


# ---------------------------------------------------------------- redact


LETTER = "Hello,\nmail a@b.io or A@B.IO on 2024-01-02.\n\nRegards,\nJane Doe\n"


@test
def redacts_text_without_a_database(house):
    out = house.run("redact", stdin=LETTER).out
    assert out == LETTER.replace("a@b.io", "[EMAIL]").replace("A@B.IO", "[EMAIL]").replace(
        "Jane Doe", "[NAME]"), out
    out = house.run("redact", "--numbered", "--show=NAME,EMAIL", stdin=LETTER).out
    assert out == LETTER.replace("2024-01-02", "[DATE_TIME_1]"), out
    out = house.run("redact", "--numbered", stdin=LETTER).out
    assert "mail [EMAIL_1] or [EMAIL_1] on" in out, out
    assert house.run("redact", stdin="").out == ""
    assert not os.path.exists(house.path("hark.db"))


@test
def redacts_more_than_it_holds_at_once(house):
    line = "é😀 call 555-123-4567 please, it is broken again\n"
    assert house.run("redact", stdin=line * 20000).out == line.replace(
        "555-123-4567", "[PHONE]") * 20000
    assert house.run("redact", stdin="é" * 400000).out == "é" * 400000


@test
def redacts_line_by_line_as_json(house):
    answers = house.run("redact", "--json", "--offsets=utf16", stdin="😀 a@b.io\nnothing\n").lines
    assert answers == [
        {"redacted_text": "😀 [EMAIL]", "pii_entities": [
            {"type": "EMAIL", "score": 0.99, "begin_offset": 3, "end_offset": 9, "hidden": True}]},
        {"redacted_text": "nothing", "pii_entities": []}], answers


@test
def redact_says_what_it_cannot_take(house):
    assert "UTF-8" in house.run("redact", stdin=b"\xff\n", code=1).err
    assert "MAIL" in house.run("redact", "--show=MAIL", stdin="", code=2).err
    assert "utf16" in house.run("redact", "--offsets=lines", stdin="", code=2).err


# ---------------------------------------------------------------- import


@both_ways
def imports_the_sample_once(house):
    rows = list(csv.DictReader(open(SAMPLE, encoding="utf-8")))
    assert house.run("import", SAMPLE, "--json").json == {
        "imported": len(rows), "already_there": 0, "refused": 0}
    assert house.run("import", SAMPLE, "--json").json == {
        "imported": 0, "already_there": len(rows), "refused": 0}
    kept = {item["source_id"]: item for item in house.run("export", "--json").lines}
    assert len(kept) == len(rows)
    for row in rows:
        item = kept[row["source_id"]]
        assert item["source"] == row["source"] and item["customer"] == (row["customer"] or None)
        assert item["rating"] == (int(row["rating"]) if row["rating"] else None)


@both_ways
def reports_refused_rows_with_line_and_reason(house):
    path = house.write("mixed.csv", b'text,rating,note\r\n'
                       b'Works very well for us,5,"=1+1"\r\n'
                       b'Too high a rating here,100,a\r\n'
                       b',3,a\r\n'
                       b'one cell too many,1,a,b\r\n'
                       b'"two\r\nlines and "wrong" quotes",1,a\r\n'
                       b'caf\xe9 is not UTF-8,1,a\r\n'
                       b'"fine,\r\nover two lines",4,b\r\n')
    result = house.run("import", path, "--refused", "refused.csv")
    assert re.search(r"^2 imported, 0 already there, \d+ refused$", result.out, re.M), result
    refused = list(csv.DictReader(open(house.path("refused.csv"), "rb").read()
                                  .decode("latin-1").splitlines(keepends=True)))
    by_line = {int(row["line"]): row for row in refused}
    assert "rating" in by_line[3]["reason"] and by_line[3]["record"].startswith("Too high")
    assert "text" in by_line[4]["reason"]
    assert "4 cells" in by_line[5]["reason"]
    assert "quote" in by_line[6]["reason"]
    assert "UTF-8" in by_line[8]["reason"]
    assert 9 not in by_line and list(by_line) == sorted(by_line)
    for line in by_line:
        assert f"line {line} " in result.err
    texts = sorted(item["text"] for item in house.run("export", "--json").lines)
    assert texts == ["Works very well for us", "fine,\nover two lines"]


@test
def shows_the_first_twenty_refusals_and_counts_the_rest(house):
    path = house.write("bad.csv", "text,rating\n" + "".join(f"row {i} here,99\n"
                                                            for i in range(50)))
    result = house.run("import", path)
    assert "50 refused" in result.out
    assert len(re.findall(r"^  line ", result.err, re.M)) == 20 and "30 more" in result.err


@test
def imports_json_lines_and_plain_lines(house):
    house.write("a.jsonl", '{"text": "The search is broken again", "source": "x", "source_id": "1"}\n'
                           '{"review_id": 9, "body": "I like the colours", "stars": 5.0, "os": "x"}\n'
                           '[]\n')
    house.write("b.txt", "The app is too slow\n\nPlease add a dark mode\n")
    assert house.run("import", "a.jsonl", "--json").json["imported"] == 2
    assert house.run("import", "b.txt", "--json", "--source", "mail").json["imported"] == 2
    assert house.run("import", "-", "--format", "lines", "--json",
                     stdin="One more thing from here\n").json["imported"] == 1
    kept = {item["text"]: item for item in house.run("export", "--json").lines}
    assert kept["I like the colours"]["metadata"] == {"os": "x"}
    assert kept["I like the colours"]["source_id"] == "9"
    assert kept["Please add a dark mode"]["source"] == "mail"
    assert kept["Please add a dark mode"]["source_id"].startswith("b.txt:3:")


@test
def imports_records_that_are_too_large_to_go_together(house):
    big = "It is slow. " * 80000  # nearly 1 MB each
    house.write("big.jsonl", "".join(json.dumps({"text": big + str(i)}) + "\n" for i in range(3)) +
                json.dumps({"text": "x" * (1 << 20) + "y"}) + "\n" +
                json.dumps({"text": "and a small one"}) + "\n")
    house.serve()
    counts = house.run("import", "big.jsonl", "--json").json
    assert counts == {"imported": 4, "already_there": 0, "refused": 1}, counts


@test
def refuses_files_that_are_no_feedback(house):
    house.write("a.csv", "stars,plan\n5,free\n")
    assert "no column for the text" in house.run("import", "a.csv", code=1).err
    house.write("b.csv", "text\nhello\n".encode("utf-16"))
    assert "UTF-16" in house.run("import", "b.csv", code=1).err
    assert "csv, jsonl, lines" in house.run("import", "a.csv", "--format=xml", code=1).err
    assert house.run("import", house.folder, code=1).err.startswith("hark: cannot read")


@both_ways
def goes_on_where_a_killed_import_stopped(house):
    total = 30000
    path = house.write("many.csv", many_rows(total))
    state = path + ".hark-import"
    process = house.start("import", path, stdin=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(state))
    process.kill()
    process.communicate()
    assert os.path.exists(state), "it was over before it could be killed"
    result = house.run("import", path, "--json")
    assert re.search(r"going on at line \d{3,}", result.err), result
    counts = result.json
    assert counts["imported"] + counts["already_there"] == total and counts["refused"] == 0
    assert not os.path.exists(state)
    stats = sqlite3.connect(f"file:{house.path('hark.db')}?mode=ro", uri=True)
    assert stats.execute("SELECT count(*), count(DISTINCT source_id) FROM feedback").fetchone() \
        == (total, total)
    stats.close()


@test
def an_interrupt_leaves_the_place_to_go_on_from(house):
    path = house.write("many.csv", many_rows(30000))
    process = house.start("import", path, stdin=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(path + ".hark-import"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1 and b"interrupted at line" in err, (out, err)
    assert os.path.exists(path + ".hark-import")
    counts = house.run("import", path, "--json").json
    assert counts == {"imported": 30000, "already_there": 0, "refused": 0}, counts


# ---------------------------------------------------------------- export

FORMULAS = ["=1+1 is what I typed", "+cmd|' /C calc'!A0 starts it", "-2+3 stars, never again",
            "@SUM(A1) and so on", "＝1+1 in full width", "＋1 for the dark mode", "－1 for support",
            "＠everyone look at this", "'=1+1 with an apostrophe", 'a "quoted", word',
            "two\nlines of it", "semi;colon=1+1", "plain words only here"]


def is_number(text):
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


@both_ways
def exports_csv_that_no_spreadsheet_runs(house):
    house.write("in.jsonl", "".join(
        json.dumps({"text": text, "source": "s", "source_id": str(i), "rating": i % 10,
                    "user_name": text, "metadata": {"n": -3.5, text: text}}) + "\n"
        for i, text in enumerate(FORMULAS)))
    assert house.run("import", "in.jsonl", "--json").json["imported"] == len(FORMULAS)
    out = house.run("export").out
    rows = {int(row["source_id"]): row for row in csv.DictReader(io.StringIO(out, newline=""))}
    assert len(rows) == len(FORMULAS)
    for i, text in enumerate(FORMULAS):
        for cell in rows[i].values():
            assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", cell), cell
        assert rows[i]["user_name"].lstrip("'") == text.lstrip("'")
        assert rows[i]["rating"] == str(i % 10)


@test
def no_text_at_all_becomes_a_formula(house):
    chance = random.Random(25)
    pieces = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "'", '"', '""', ",", ";", "\n", "\r\n",
              "\t", " ", "1", "2.5", "a", "é", "cmd|' /C calc'!A0", "SUM(A1)", "|", "%", "\\"]
    wanted = ["".join(chance.choices(pieces, k=chance.randint(1, 8))) for _ in range(2000)]
    house.write("in.jsonl", "".join(
        json.dumps({"text": "whatever this may be", "source": "s", "source_id": str(i),
                    "customer": name}) + "\n" for i, name in enumerate(wanted)))
    assert house.run("import", "in.jsonl", "--json").json["imported"] == len(wanted)
    out = house.run("export").out
    for row in csv.DictReader(io.StringIO(out, newline="")):
        cell, name = row["customer"], wanted[int(row["source_id"])]
        if re.match(r"'*[=+\-@\t\r\n＝＋－＠]", name) and not is_number(name):
            assert cell == "'" + name, (cell, name)
        else:
            assert cell == name, (cell, name)


@test
def what_is_exported_can_be_imported_as_it_was(house):
    house.write("in.jsonl", "".join(
        json.dumps({"text": text, "source": "s", "source_id": str(i), "user_name": text,
                    "created_at": "2026-01-02T03:04:05Z", "metadata": {"n": -3, "t": text}}) + "\n"
        for i, text in enumerate(FORMULAS)))
    house.run("import", "in.jsonl")
    fields = ("text", "source", "source_id", "user_name", "created_at", "metadata", "sentiment")
    before = sorted([item[f] for f in fields[:-2]] + [item["metadata"]["t"]]
                    for item in house.run("export", "--json").lines)
    for name in ("out.csv", "out.jsonl"):
        assert f"{len(FORMULAS)} exported" in house.run("export", "--out", name).err
        house.environment["DATABASE_URL"] = "sqlite:" + house.path(name + ".db")
        assert house.run("import", name, "--json").json["imported"] == len(FORMULAS)
        after = sorted([item[f] for f in fields[:-2]] + [item["metadata"]["t"]]
                       for item in house.run("export", "--json").lines)
        assert after == before, name
        house.environment["DATABASE_URL"] = "sqlite:" + house.path("hark.db")


@both_ways
def exports_what_the_filters_leave(house):
    house.run("import", SAMPLE)
    everything = house.run("export", "--format=jsonl").lines
    negative = house.run("export", "--json", "--sentiment", "negative").lines
    assert 0 < len(negative) < len(everything)
    assert {item["sentiment"] for item in negative} == {"negative"}
    assert len(negative) == sum(item["sentiment"] == "negative" for item in everything)
    assert [item["id"] for item in house.run("export", "--json", "--limit=203").lines] == \
        [item["id"] for item in everything[:203]]
    assert "sentiment" in house.run("export", "--sentiment", "sad", code=1).err
    assert len(house.run("export", "--json", "--q", "no such words & more=1").lines) == 0


# ---------------------------------------------------------------- looking after it


@both_ways
def makes_lists_and_revokes_keys(house):
    secret = house.run("keys", "create", "bob", "--scopes", "feedback:read", "--days=3").out
    key = re.match(r"hark_live_\w+$", secret, re.M).group(0)
    made = house.run("keys", "create", "eve", "--json").json
    listed = house.run("keys", "list")
    assert "bob" in listed.out and key not in listed.out
    house.run("keys", "revoke", str(made["id"]))
    keys = {item["name"]: item for item in house.run("keys", "list", "--json").json["data"]}
    assert keys["eve"]["revoked_at"] and not keys["bob"]["revoked_at"]
    assert keys["bob"]["expires_at"] and keys["bob"]["scopes"] == "feedback:read"
    assert house.run("keys", "revoke", "999", code=1).err.startswith("hark: ")
    assert "scope" in house.run("keys", "create", "x", "--scopes=fly", code=1).err


@both_ways
def the_doctor_finds_nothing_amiss(house):
    house.run("import", SAMPLE)
    checks = {item["check"]: item for item in
              house.run("doctor", "--json", "--http.port=0").json}
    assert {"database", "rollups", "audit log", "disk", "model", "permissions"} <= set(checks)
    assert {item["verdict"] for item in checks.values()} <= {"ok", "warn"}
    assert re.search(r"^ok +database", house.run("doctor", "--http.port=0").out, re.M)


@test
def the_doctor_names_what_is_wrong_and_the_remedy(house):
    house.run("import", SAMPLE)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    house.environment["HARK_MODEL"] = house.write("no.bin", b"not a model")
    result = house.run("doctor", f"--http.port={taken.getsockname()[1]}", code=1)
    taken.close()
    assert re.search(r"^fail +port", result.out, re.M) and "HARK_HTTP_PORT" in result.out
    assert re.search(r"^fail +model", result.out, re.M) and "HARK_MODEL" in result.out


@test
def the_doctor_proves_and_mends_the_rollups(house):
    house.run("import", SAMPLE)
    database = sqlite3.connect(house.path("hark.db"))
    cells = database.execute("SELECT bucket, value FROM rollups WHERE grain = 'hour'"
                             " AND dimension = 'total' LIMIT 3").fetchall()
    database.executemany("UPDATE rollups SET n = n + 1 WHERE grain = 'hour'"
                         " AND dimension = 'total' AND bucket = ? AND value = ?", cells)
    database.commit()
    database.close()
    result = house.run("doctor", "--http.port=0", code=1)
    assert "3 wrong" in result.out and "--recount" in result.out
    assert "set right" in house.run("doctor", "--recount", "--http.port=0").out
    assert " 0 wrong" in house.run("doctor", "--http.port=0").out


@test
def the_doctor_proves_the_ledger(house):
    house.run("import", SAMPLE)
    assert "ledger       0 sums, 0 wrong" in house.run("doctor", "--recount", "--http.port=0").out
    database = sqlite3.connect(house.path("hark.db"))
    database.execute("INSERT INTO usage_months (tenant_id, month, spent_nano_usd,"
                     " reserved_nano_usd) VALUES (1, 0, 5, 0)")
    database.commit()
    database.close()
    result = house.run("doctor", "--recount", "--http.port=0", code=1)
    assert re.search(r"^fail +ledger +0 sums, 1 wrong$", result.out, re.M), result.out
    assert "backup" in result.out


@both_ways
def tells_of_schema_and_api(house):
    assert re.fullmatch(r"schema version \d+\n", house.run("migrate").out)
    assert house.run("migrate", "--json").json["schema_version"] >= 1
    document = house.run("openapi").json
    assert document["openapi"].startswith("3.1") and "/v1/feedback" in document["paths"]


@both_ways
def prints_totals(house):
    house.run("import", SAMPLE)
    stats = house.run("stats", "--json").json
    assert stats["total"] == sum(stats["sentiment"].values()) == house.count()
    table = house.run("stats").out
    assert re.search(rf"^  total +{stats['total']}$", table, re.M), table
    assert f"negative {stats['sentiment']['negative']} (" in table
    part = house.run("stats", "--since", "2026-11-01", "--until", "2026-11-08", "--json").json
    assert 0 < part["total"] < stats["total"]
    assert "since" in house.run("stats", "--since", "soon", code=1).err


# ---------------------------------------------------------------- serve and the prompt


@test
def serve_makes_a_first_key_and_prints_it_once(house):
    banner = house.serve()
    assert len(re.findall(r"hark_live_\w+", banner)) == 1
    house.server.send_signal(signal.SIGTERM)
    assert house.server.wait(SECONDS) == 0
    house.server.stdout.close()
    assert "hark_live_" not in house.serve()


@test
def a_second_server_on_the_same_database_is_refused(house):
    house.serve()
    assert house.run("serve", "--http.port=0", code=1).err.startswith("hark: ")


@both_ways
def talks_at_a_terminal(house):
    terminal = Terminal(house)
    terminal.wait("hark> ")
    terminal.type("The app keeps crashing when I try to checkout!\r")
    terminal.wait(r"negative[\s\S]*bug[\s\S]*stored     as #1[\s\S]*hark> ")
    terminal.type("I luvx\x7f it, größte Freude\x01\x1b[3~I\r")  # editing by keys
    terminal.wait(r"stored     as #2[\s\S]*hark> ")
    terminal.type(":list 1\r")
    terminal.wait(r"I luv it, größte Fr[\s\S]*hark> ")
    terminal.type(":stats\r")
    terminal.wait(r"total +2[\s\S]*sentiment[\s\S]*hark> ")
    terminal.type(":help\r")
    terminal.wait(r":quit[\s\S]*hark> ")
    terminal.type(":list many\r")
    terminal.wait(r"from 1 to 200[\s\S]*hark> ")
    terminal.type(":nope\r")
    terminal.wait(r"there is no :nope[\s\S]*hark> ")
    terminal.type("\x1b[A\x1b[A")  # up, up: the history
    terminal.wait("list many")
    terminal.type("\x15:quit\r")
    assert terminal.end() == 0
    assert os.stat(house.path(".hark_history")).st_mode & 0o077 == 0
    assert [item["source"] for item in house.run("export", "--json").lines] == ["cli", "cli"]


@test
def draws_a_bar_on_a_terminal_while_it_imports(house):
    terminal = Terminal(house, "import", house.write("many.csv", many_rows(5000)))
    terminal.wait(r"import  \[#*-*\] +\d+%  \d+ rows[\s\S]*5000 imported")
    assert terminal.end() == 0


@test
def leaves_the_terminal_at_the_end_of_input(house):
    terminal = Terminal(house)
    terminal.wait("hark> ")
    terminal.type("\x04")
    assert terminal.end() == 0


@test
def uses_colours_only_where_they_are_wanted(house):
    for no_color, wanted in (("", True), ("1", False)):
        house.environment["NO_COLOR"] = no_color
        terminal = Terminal(house)
        terminal.wait("hark> ")
        terminal.type("I love it so much\r")
        terminal.wait(r"stored     as #\d+[\s\S]*hark> ")
        assert ("\033[32m" in terminal.seen) == wanted, terminal.seen
        terminal.type(":quit\r")
        assert terminal.end() == 0


def main():
    wanted = sys.argv[2:]
    passed = failed = 0
    for name, function, through_server in tests:
        if wanted and not any(part in name for part in wanted):
            continue
        house = House()
        try:
            if through_server:
                house.serve()
            function(house)
            house.close()
            passed += 1
            print("ok", name, flush=True)
        except Exception:  # whatever it was, the next test has a house of its own
            failed += 1
            print("FAILED", name, flush=True)
            traceback.print_exc()
            if house.server and house.server.poll() is None:
                house.server.kill()
                house.server.wait()
            shutil.rmtree(house.folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
