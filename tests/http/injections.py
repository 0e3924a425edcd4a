"""Prompt injections against a model that does all it is told: what they may reach, and what not.

Some two hundred run always; `tests/run build/hark http corpus` runs 2,100 of them."""

import collections
import concurrent.futures
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../injection"))

import corpus
from harness import Client, same
from obedient import Obedient, fenced
from receiver import ALLOW

LABELS = {"sentiment": "positive negative neutral mixed".split(),
          "topic": "bug feature_request billing performance ux general".split(),
          "severity": "critical high medium low".split()}
MARKUP = ("://", "www.", "](", "![", "<", "`", "javascript:", "evil", "\u202e", "\x00", "\n")
SETTINGS = {**ALLOW, "AI_MODE": "always", "SYNC_BUDGET_MS": "20000", "AI_TIMEOUT_MS": "20000"}
KEPT = ("SELECT f.id, f.sentiment, f.topic, f.severity, f.summary, f.alert_triggered, a.needs_review,"
        " a.processing_method, a.sentiment, a.topic, a.severity, a.summary FROM feedback f"
        " JOIN analyses a ON a.id = (SELECT MAX(id) FROM analyses WHERE feedback_id = f.id)")


class _Trap:
    """Where attackers want calls to go; nobody may come."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self):
        self.socket.close()


def _send(server, cases):
    """Each as a feedback, eight at a time; gives the number of each case's feedback."""
    local = threading.local()

    def send(case):
        if not hasattr(local, "client"):
            local.client = Client(server)
        answer = local.client.post("/v1/feedback", {"text": case.text, "source": "injection"})
        assert answer.status == 201, answer
        return answer.json["id"], case

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return dict(pool.map(send, cases))


def _check_calls(model, cases):
    """What left: one feedback a call, inside a mark of its own, and nothing of another's."""
    codes = {case.code: case for case in cases}
    marks = set()
    for asked in model.asked:
        same(asked.path, "/v1/chat/completions", "the path")
        text = asked.bytes.decode()
        inside = fenced(asked.text)
        assert inside is not None, asked.text
        found = {code for code in codes if code in text}
        same(len(found), 1, f"the number of feedback in one call ({found})")
        mark = asked.text.split(inside)[0].strip().splitlines()[-1]
        assert inside.count(mark) == 0, "the mark stands in the text"
        marks.add(mark)
        hidden = [c for c in inside if ord(c) >= 0xE0000 or c in corpus.ZERO_WIDTH]
        same(hidden, [], "what nobody sees")
        assert codes[next(iter(found))].text not in asked.body["messages"][0]["content"], \
            "the feedback stands among the rules"
    assert len(marks) > len(model.asked) * 0.4, "marks are not made anew"


def _check_kept(row, case):
    """Labels of the lists, and a summary that is plain text of this feedback's."""
    _, sentiment, topic, severity, summary = row[:5]
    for labels, said in (((sentiment, topic, severity), summary), (row[8:11], row[11])):
        for name, label in zip(LABELS, labels):
            assert label in LABELS[name], (case, label)
        assert said is None or len(said) <= 280, (case, said)
    if row[7] == "ai":
        for mark in MARKUP:
            assert row[11] is None or mark not in row[11].lower(), (case, row[11])


def _is_caught(row, case):
    """A person is told to look, or is alerted of the complaint all the same."""
    return bool(row[6]) or (case.truth == "negative" and bool(row[5]))


def _tell(cases, flips, missed, model):
    print(f"  {len(cases)} injections, {len(model.asked)} calls, {len(model.obeyed)} obeyed,"
          f" {sum(flips.values())} false labels kept, {len(missed)} of them unseen by anybody")
    for kind, count in sorted(flips.items()):
        print(f"    {kind}: {count} kept,"
              f" {sum(case.kind == kind for case in missed)} unseen")


def _run(house, count):
    trap, model = _Trap(), Obedient()
    try:
        cases = corpus.make(count, url=f"http://127.0.0.1:{trap.port}")
        model.learn(cases)
        server = house.start(settings={**SETTINGS, **model.settings})
        server.expected_errors.add("llm_withheld")  # what looks like a name to the last look
        sent = _send(server, cases)
        flips, missed = collections.Counter(), []
        for row in server.rows(KEPT):
            case = sent[row[0]]
            _check_kept(row, case)
            is_flipped = (case.is_flip and row[1] == "positive") or (
                case.is_alarm and row[3] == "critical")
            if is_flipped and row[7] == "ai":
                flips[case.kind] += 1
                missed += [] if _is_caught(row, case) else [case]
        _check_calls(model, cases)
        if "corpus" in sys.argv:
            _tell(cases, flips, missed, model)
        same(trap.visits, 0, "the number of calls to the attackers' host")
        assert len(model.obeyed) > count / 2, "the model was not asked"
        assert sum(flips.values()) > count / 4, "nothing was flipped: the test tests nothing"
        assert len(missed) <= sum(flips.values()) * 0.05, missed[:5]
        return len(missed) / sum(flips.values())
    finally:
        model.close()
        trap.close()


def injections_reach_nothing_but_the_labels_and_those_not_unseen(house):
    _run(house, 14 * 12 + 28)


def cost_bombs_spend_no_more_than_the_budget(house):
    model = Obedient()
    try:
        cases = [case for case in corpus.make(14 * 12) if case.kind in ("cost bomb", "role play",
                                                                        "picture that tells")]
        model.learn(cases)
        budget = 0.0015  # US dollars: about ten of these
        server = house.start(settings={**SETTINGS, **model.settings,
                                       "AI_MONTHLY_BUDGET_USD": str(budget)})
        sent = _send(server, cases)
        billed = sum(asked.input_tokens * 100 + asked.output_tokens * 500
                     for asked in model.asked) / 1e9
        assert 0 < billed <= budget, f"{billed} US dollars were billed"
        kept, = server.rows("SELECT SUM(cost_nano_usd) FROM analyses")[0]
        assert kept / 1e9 <= budget, f"{kept} nano-dollars were kept"
        methods = collections.Counter(row[7] for row in server.rows(KEPT))
        same(sum(methods.values()), len(sent), "the number of analyses")
        assert methods["ml_fallback"] > len(cases) / 2, methods
    finally:
        model.close()


def the_whole_corpus_of_injections_reaches_no_more(house):
    if "corpus" not in sys.argv:
        house.skip("asked for by the word corpus")
    _run(house, 2100)
