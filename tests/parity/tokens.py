"""Hark's tokens beside those of @huggingface/transformers, on 10,000 texts of all scripts.

    tokens.py BINARY DATA

The vocabulary is learnt from the data by learn.py. Texts that hold U+0085 or U+FEFF are compared
apart: Unicode's white space has the first and not the second, as Hugging Face's own tokenizers
have it, and JavaScript's has it the other way round."""

import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WANTED = 10000
FROM_DATA = (("langid/test.tsv", 5800), ("langid/test_wordpairs.tsv", 1000),
             ("semeval_twitter/test.tsv", 700), ("nlbse24_issues/test.tsv", 300),
             ("app_reviews_stars/test.tsv", 400))
PIECES = [
    "'s", "'S", "'ll", "'d", "'", "''", "\u2019s", "don't", "I'VE", "we've", "o'clock", "'re'", "'t'm",
    " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n ", " \t ", "\u00a0", "\u2003", "\u3000", "\u200b", "\u2028",
    "\x0b", "\x0c", "\x1c", "\u1680", "\u180e", "\u202f",
    "a", "Z", "\u00e9", "e\u0301", "\u00df", "\u0130", "\u01c5", "\u02b0", "\u0661", "\u00b2", "\u2167", "\u00bd", "7", "42",
    "1,000.50", "3rd", "x86_64", "_", "__init__", "#", "@you", "https://a.b/c?d=e&f", "a@b.co",
    "\U0001f600", "\U0001f469\u200d\U0001f4bb", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\ufe0f", "\u20e3",
    "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u3053\u3093\u306b\u3061\u306f", "\u4e2d\u6587", "\ud55c\uad6d\uc5b4", "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05c1",
    "\U0001d4d0", "\U00020000", "\U0001e900", "\u10d0", "\u1c90", "\u13a0", "\uab70", "\ue000", "\U000e0041", "\u0378",
    "\u0600", "\ufffd", "\ufffe", "\U0010ffff", "\x01", "\x7f", "\x80", "\u00ad", "\u00a1", "\u00ac", "\u00ae",
    "<s>", "</s>", "<mask>", " <mask>", "  <mask> ", "<unk>", "<pad>", "< s>", "<s", "<mask",
    "...", "?!", "()[]{}", "\\n", "\"", "`x`", "//", "=>", "+1", "$5", "\u20ac", "%", "\u221e", "\u0301", "\u0308\u0308",
    "\u0100", "\u0120", "\u010a", "\u017f", "<|endoftext|>",
]


def texts_of_data(data, chosen):
    for name, wanted in FROM_DATA:
        with open(os.path.join(data, name), encoding="utf-8") as file:
            rows = [line.rstrip("\n").partition("\t")[2] for line in file]
        yield from chosen.sample(rows, wanted)


def made_up(chosen):
    """Odd things side by side; now and then one word that is very long, or any characters."""
    kind = chosen.random()
    if kind < 0.03:
        return chosen.choice(["a", "\u0e01", "ab", "\U0001f600", " ", "!", "\n", "'s"]) * chosen.randint(50, 2000)
    if kind < 0.15:
        points = (chosen.choice((0x7F, 0x24F, 0x2FFF, 0xFFFF, 0x1FFFF, 0x10FFFF)) for _ in range(30))
        return "".join(chr(chosen.randint(1, most)) for most in points).encode(
            "utf-8", "ignore").decode()
    return "".join(chosen.choice(PIECES) for _ in range(chosen.randint(1, 24)))


def all_texts(data):
    chosen = random.Random(4)
    texts = [text for text in texts_of_data(data, chosen) if text]
    while len(texts) < WANTED:
        texts.append(made_up(chosen) or " ")
    return texts


def ids_of(command, texts, **environment):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    answer = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True,
                            env={**os.environ, **environment}).stdout
    rows = [json.loads(line) for line in answer.decode().splitlines()]
    assert len(rows) == len(texts), f"{len(rows)} answers for {len(texts)} texts"
    return rows


def compare(name, texts, ours, theirs):
    odd = [any(c in text for c in "\u0085\ufeff") for text in texts]
    wrong = [i for i in range(len(texts)) if ours[i] != theirs[i] and not odd[i]]
    apart = sum(ours[i] != theirs[i] for i in range(len(texts)) if odd[i])
    for i in wrong[:5]:
        print(f"  {texts[i][:200]!r}\n    ours   {ours[i][:40]}\n    theirs {theirs[i][:40]}")
    print(f"{'FAILED' if wrong else 'ok'} {name}: {len(texts) - sum(odd) - len(wrong)} of "
          f"{len(texts) - sum(odd)} texts equal, {sum(map(len, theirs))} ids; "
          f"{apart} of {sum(odd)} texts with U+0085 or U+FEFF differ, as told")
    return not wrong


def main(binary, data):
    with tempfile.TemporaryDirectory(prefix="hark-parity-") as folder:
        subprocess.run([sys.executable, "-B", f"{HERE}/learn.py", data, folder], check=True)
        texts = all_texts(data)
        def hark(name):
            return ids_of([binary, "model", "tokens", "--json"], texts,
                          HARK_MODEL=f"{folder}/{name}")
        def node(name):
            return ids_of(["node", f"{HERE}/tokens.mjs", f"{folder}/{name}"], texts)
        plain, spaced = node("pairs"), node("spaced")
        wells = [compare("vocab.json and merges.txt", texts, hark("files"), plain),
                 compare('tokenizer.json, merges "a b"', texts, hark("strings"), plain),
                 compare('tokenizer.json, merges ["a", "b"]', texts, hark("pairs"), plain),
                 compare("with a blank before the text", texts, hark("spaced"), spaced)]
    return 0 if all(wells) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
