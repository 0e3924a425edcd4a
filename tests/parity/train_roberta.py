#!/usr/bin/python3
"""Trains a small RoBERTa for a few minutes, so that its logits mean something:
train_roberta.py DATA FOLDER [SECONDS of CPU]. Learns three sentiments from train files only."""
import random
import sys
import time
from pathlib import Path

import torch
from torch import nn

from roberta import Roberta, ids_of, make_config, pad, save

SETS = ("app_reviews_hand_sentiment", "goemotions", "semeval_twitter")
LABELS = ("negative", "neutral", "positive")
ROWS_A_SET = 6000
BATCH = 32


def read_rows(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    pairs = (line.partition("\t") for line in lines)
    return [(LABELS.index(label), text) for label, _, text in pairs if label in LABELS]


def gather(data):
    rows = []
    for name in SETS:
        some = read_rows(data / name / "train.tsv")
        random.shuffle(some)
        rows += some[:ROWS_A_SET]
    return [(label, ids_of(text)) for label, text in rows]


def batches(rows):
    """Shuffled, with texts of like length together: little padding."""
    random.shuffle(rows)
    for at in range(0, len(rows), BATCH * 32):
        some = sorted(rows[at:at + BATCH * 32], key=lambda row: len(row[1]))
        parts = [some[i:i + BATCH] for i in range(0, len(some), BATCH)]
        random.shuffle(parts)
        yield from parts


def train(model, rows, seconds):
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01)
    began, steps, right, seen = time.process_time(), 0, 0, 0
    while True:
        for part in batches(rows):
            spent = (time.process_time() - began) / seconds
            if spent >= 1:
                return
            for group in optimiser.param_groups:
                group["lr"] = 5e-4 * min(steps / 100, 1) * (1 - spent)
            labels = torch.tensor([label for label, _ in part])
            logits = model(pad([ids for _, ids in part]))
            loss = nn.functional.cross_entropy(logits, labels)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            steps, seen = steps + 1, seen + len(part)
            right += int((logits.argmax(1) == labels).sum())
            if steps % 50 == 0:
                print(f"step {steps}: loss {loss.item():.3f}, right {right / seen:.3f}",
                      file=sys.stderr)
                right = seen = 0


def main():
    data, folder = map(Path, sys.argv[1:3])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 150
    random.seed(1)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    model = Roberta(make_config("small"))
    train(model, gather(data), seconds)
    save(folder, model.eval())
    torch.save(model.state_dict(), folder / "model.pt")


main()
