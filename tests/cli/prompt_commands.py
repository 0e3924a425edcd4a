"""Commands that ask a language model: hark analyze --ai; and hark replay --prompt: what a version of the
prompt would change on stored feedback, and its cost."""

import json
import sqlite3

from house import Terminal, test

ANSWER = {"sentiment": "positive", "confidence": 0.9, "topic": "general", "severity": "low",
          "language": "en", "summary": "The customer is glad.", "urgent": False,
          "injection_suspected": False}
SLOW = json.dumps({"reply": ANSWER, "delay_ms": 700}) + "\n"  # past SYNC_BUDGET_MS
TEXTS = ["I hate this, it is broken and terrible.", "I love this, it is wonderful.",
         "The parcel came on Tuesday at noon.", "ok"]


def _filled(house, answer=ANSWER, status=200):
    """Feedback that the local model understood, and a server that asks a script."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
    house.run("import", house.write("texts.jsonl", lines))
    line = {"reply": answer} if status == 200 else {"status": status}
    house.environment["HARK_AI_CANNED"] = house.write("script", json.dumps(line) + "\n")
    house.serve()


@test
def tries_a_prompt_and_tells_what_would_change(house):
    _filled(house)
    result = house.run("replay", "--prompt", "v1", "--since", "1d", "--yes")
    assert "4 messages" in result.err and "at most $0.0000" in result.err, result
    assert "canned:script" in result.err, result
    for words in ("3 messages compared", "1 not asked about", "0 failed", "sentiment: ", "topic: ",
                  "alerts: 1 before, 1 after: 0 more, 0 less", "tokens in"):
        assert words in result.out, (words, result)
    found = house.run("replay", "--prompt", "v1", "--since", "1d", "--yes", "--json").json
    assert found["sentiment"]["negative"]["positive"] == 1, found
    assert found["sentiment"]["positive"]["positive"] == 1, found
    assert (found["compared"], found["cached"], found["not_asked"]) == (3, 3, 1), found
    assert found["stopped"] is None and found["cost_usd"] == 0, found
    two = house.run("replay", "--prompt", "v1", "--yes", "--limit", "2", "--json", "--since", "1d")
    assert two.json["compared"] + two.json["not_asked"] == 2, two
    none = house.run("replay", "--prompt", "v1", "--until", "2000-01-01", "--yes", "--json").json
    assert none["compared"] == 0 and house.count() == len(TEXTS), none


@test
def says_at_a_terminal_which_model_has_answered(house):
    line = json.dumps({"reply": ANSWER}) + "\n"
    house.environment["HARK_AI_CANNED"] = house.write("script", line)
    terminal = Terminal(house)
    terminal.wait("hark> ")
    terminal.type(TEXTS[0] + "\r")
    terminal.wait(r"by         canned script\r\n +review     needed: the local model finds a complaint[\s\S]*hark> ")
    terminal.type(TEXTS[0] + "\r")
    terminal.wait(r"by         canned script, remembered[\s\S]*hark> ")
    terminal.type(":quit\r")
    assert terminal.end() == 0


@test
def asks_before_a_prompt_costs_money(house):
    _filled(house)
    assert "--yes" in house.run("replay", "--prompt", "v1", "--since", "1d", code=2).err
    terminal = Terminal(house, "replay", "--prompt", "v1", "--since", "1d")
    terminal.wait("(?s)4 messages.*Type 'yes'")
    terminal.type("no\n")
    terminal.wait("nothing was asked")
    assert terminal.end() == 1
    terminal = Terminal(house, "replay", "--prompt", "v1", "--since", "1d")
    terminal.wait("Type 'yes'")
    terminal.type("yes\n")
    terminal.wait("3 messages compared")
    assert terminal.end() == 0


@test
def says_why_a_prompt_cannot_be_tried(house):
    result = house.run("replay", "--prompt", "v1", "--yes", code=1)
    assert "hark serve" in result.err, result
    house.serve()
    result = house.run("replay", "--prompt", "v1", "--yes", code=1)
    assert "no language model is configured" in result.err, result
    for words in (("--since", "soon"), ("--limit", "0")):
        assert house.run("replay", "--prompt", "v1", "--yes", *words, code=2).err, words


@test
def stops_a_trial_that_cannot_go_on(house):
    _filled(house, status=401)
    result = house.run("replay", "--prompt", "v1", "--since", "1d", "--yes", "--json", code=1)
    assert "it was stopped" in result.err and result.json["stopped"], result
    assert result.json["compared"] == 0 and result.json["failed"] == 3, result
    assert "no version 'v9'" in house.run("replay", "--prompt", "v9", "--yes", code=1).err


def _asks_only_when_told_to(house):
    told = house.run("analyze", "--json", TEXTS[0]).json
    assert (told["processing_method"], told["sentiment"]) == ("ml_fallback", "negative"), told
    told = house.run("analyze", "--json", stdin="\n".join(TEXTS)).lines
    assert not {"ai", "cache"} & {one["processing_method"] for one in told}, told
    database = sqlite3.connect(house.path("hark.db"))
    assert database.execute("SELECT COUNT(*) FROM usage").fetchone() == (0,), "something was asked"
    asked = house.run("analyze", "--ai", "--json", TEXTS[0]).json
    assert (asked["processing_method"], asked["sentiment"]) == ("ai", "positive"), asked
    assert asked["review_reason"] == "sentiment", asked
    texts = [f"The {number}th parcel came on Tuesday at noon." for number in range(60)]
    asked = house.run("analyze", "--ai", "--json", stdin="\n".join(texts)).lines
    assert [(one["text"], one["processing_method"]) for one in asked] == [
        (text, "ai") for text in texts], asked
    assert "by         canned script" in house.run("analyze", "--ai", texts[0] + " Yes.").out
    assert database.execute("SELECT COUNT(*) FROM usage").fetchone()[0] >= 62
    database.close()
    assert house.count() == 0


@test
def asks_a_language_model_what_a_message_means_only_when_told_to(house):
    house.environment["HARK_AI_CANNED"] = house.write("script", SLOW)
    _asks_only_when_told_to(house)


@test
def asks_a_servers_language_model_only_when_told_to(house):
    house.environment["HARK_AI_CANNED"] = house.write("script", SLOW)
    house.serve()
    _asks_only_when_told_to(house)


@test
def says_that_there_is_no_language_model_to_ask(house):
    assert "no language model is set up" in house.run("analyze", "--ai", TEXTS[0], code=1).err
    house.environment["HARK_AI_CANNED"] = house.write("script", json.dumps({"reply": ANSWER}) + "\n")
    house.environment["AI_MODE"] = "never"
    assert "AI_MODE=never" in house.run("analyze", "--ai", TEXTS[0], code=1).err


@test
def the_doctor_says_that_the_budget_is_used_up(house):
    house.environment.update(HARK_AI_CANNED=house.write("script", json.dumps({"reply": ANSWER}) + "\n"),
                             AI_PRICES=house.write("prices.txt", "canned * 1 - - 2\n"),
                             AI_MONTHLY_BUDGET_USD="0.000001")
    house.run("analyze", "--ai", TEXTS[0])
    told = house.run("doctor").out
    assert "has no room left" in told and "AI_MONTHLY_BUDGET_USD" in told, told
