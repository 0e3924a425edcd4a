"""Learns a byte-level BPE vocabulary from the data, as no public one is at hand, and writes the
folders that the tokenizers are compared on.

    learn.py DATA FOLDER [MERGES]

FOLDER/files has vocab.json and merges.txt; FOLDER/strings and FOLDER/pairs have a tokenizer.json
with merges written as "a b" and as ["a", "b"]; FOLDER/spaced puts a blank before each text."""

import collections
import heapq
import json
import os
import random
import re
import sys

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
SETS = ("langid/train.tsv", "semeval_twitter/train.tsv", "app_reviews_stars/train.tsv",
        "nlbse24_issues/train.tsv")
ROWS_OF_EACH = 6000


def byte_letters():
    """How each byte is written: printable Latin-1 as itself, the others from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(0x100 + len(letters) - len(printable))
    return letters


LETTERS = byte_letters()


def sample(data):
    """Texts to learn from: the same at each run."""
    chosen = random.Random(17)
    for name in SETS:
        with open(os.path.join(data, name), encoding="utf-8") as file:
            rows = [line.rstrip("\n").partition("\t")[2] for line in file]
        yield from chosen.sample(rows, min(ROWS_OF_EACH, len(rows)))


def count_words(texts):
    counts = collections.Counter()
    for text in texts:
        counts.update(re.findall(r"'\w{1,2}| ?\w+| ?[^\w\s]+|\s+", text))
    return [([LETTERS[byte] for byte in word.encode()], count)
            for word, count in sorted(counts.items()) if len(word) < 40]


def learn(words, wanted):
    """The merges, by always joining the pair that occurs most. The heap's entries may be out of
    date: an entry is believed when its count is the pair's of now, and put back otherwise."""
    pairs, places = collections.Counter(), collections.defaultdict(set)
    for at, (parts, count) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += count
            places[pair].add(at)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    merges = []
    while len(merges) < wanted and heap:
        negated, best = heapq.heappop(heap)
        if pairs[best] != -negated:
            if pairs[best] > 0:
                heapq.heappush(heap, (-pairs[best], best))
            continue
        merges.append(best)
        grown = set()
        for at in places.pop(best):
            grown |= join(words, at, best, pairs, places)
        pairs[best] = 0
        for pair in grown:
            heapq.heappush(heap, (-pairs[pair], pair))
    return merges


def join(words, at, pair, pairs, places):
    """Joins the pair in one word; gives the pairs that it has now."""
    parts, count = words[at]
    joined, i = [], 0
    while i < len(parts):
        if tuple(parts[i:i + 2]) == pair:
            joined.append(parts[i] + parts[i + 1])
            i += 2
        else:
            joined.append(parts[i])
            i += 1
    for old in zip(parts, parts[1:]):
        pairs[old] -= count
    for new in zip(joined, joined[1:]):
        pairs[new] += count
        places[new].add(at)
    words[at] = (joined, count)
    return set(zip(joined, joined[1:]))


def vocabulary_of(merges):
    tokens = SPECIALS + [LETTERS[byte] for byte in range(256)]
    tokens += list(dict.fromkeys(left + right for left, right in merges))
    tokens.append("<mask>")
    return {token: at for at, token in enumerate(tokens)}


def tokenizer_json(vocabulary, merges, has_pairs, adds_blank):
    def added(token):
        return {"id": vocabulary[token], "content": token, "single_word": False,
                "lstrip": token == "<mask>", "rstrip": False, "normalized": False,
                "special": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(token) for token in [*SPECIALS, "<mask>"]],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": adds_blank,
                          "trim_offsets": True, "use_regex": True},
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", vocabulary["</s>"]],
                           "cls": ["<s>", vocabulary["<s>"]], "trim_offsets": True,
                           "add_prefix_space": adds_blank},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                    "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False,
                  "vocab": vocabulary,
                  "merges": [list(pair) if has_pairs else " ".join(pair) for pair in merges]},
    }


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)


def write_folders(folder, merges):
    vocabulary = vocabulary_of(merges)
    write_json(f"{folder}/files/vocab.json", vocabulary)
    with open(f"{folder}/files/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    for name, has_pairs, adds_blank in (("strings", False, False), ("pairs", True, False),
                                        ("spaced", True, True)):
        write_json(f"{folder}/{name}/tokenizer.json",
                   tokenizer_json(vocabulary, merges, has_pairs, adds_blank))
        write_json(f"{folder}/{name}/tokenizer_config.json",
                   {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": adds_blank,
                    "model_max_length": 1000000, "bos_token": "<s>", "eos_token": "</s>",
                    "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>",
                    "pad_token": "<pad>", "mask_token": "<mask>"})


def main(data, folder, wanted="8000"):
    words = count_words(sample(data))
    merges = learn(words, int(wanted))
    write_folders(folder, merges)
    print(f"{len(merges)} merges learnt from {len(words)} words")


if __name__ == "__main__":
    main(*sys.argv[1:])
