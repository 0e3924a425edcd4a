"""The encoder's logits beside torch's on the same weights: encoder.py BINARY DATA.

A small RoBERTa, trained for a few minutes (kept in build/parity), answers 2,000 texts of the test
files: f32 within 1e-4, whatever type the file has; bf16 and int8 with the same first label in
99.5 % and 99 %. Random weights in the shapes of the downloads: f32 within 1e-4."""
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from roberta import Roberta, ids_of, make_config, predict, save

HERE = Path(__file__).resolve().parent
SETS = ("app_reviews_hand_sentiment", "goemotions", "semeval_twitter", "sst2")
TEXTS = 2000
F32_LIMIT = 1e-4
AGREEMENT = {"bf16": 0.995, "int8": 0.99}
failures = []


def report(name, holds, words):
    print(f"{'ok' if holds else 'FAILED'} encoder {name}: {words}", flush=True)
    if not holds:
        failures.append(name)


def read_texts(data):
    texts = []
    for name in SETS:
        lines = (data / name / "test.tsv").read_text(encoding="utf-8").split("\n")
        texts += [line.partition("\t")[2] for line in lines if "\t" in line][:TEXTS // len(SETS)]
    return [ids_of(text) for text in texts]


def encode(tool, folder, precision, rows, batch=16):
    lines = "".join(" ".join(map(str, row)) + "\n" for row in rows)
    done = subprocess.run([tool, folder, precision, str(batch)], input=lines, text=True,
                          stdout=subprocess.PIPE, check=True)
    return torch.tensor([[float(n) for n in line.split()] for line in done.stdout.splitlines()])


def compare(tool, folder, model, rows, name, precisions=("f32",)):
    expected = predict(model, rows)
    for precision in precisions:
        logits = encode(tool, folder, precision, rows)
        most = (logits - expected).abs().max().item()
        same = (logits.argmax(1) == expected.argmax(1)).float().mean().item()
        holds = most <= F32_LIMIT if precision == "f32" else same >= AGREEMENT[precision]
        report(f"{name} in {precision}", holds,
               f"{len(rows)} texts, logits differ by {most:.2g} at most, first label the same in "
               f"{same:.2%}")


def rounded(model, dtype):
    """The same model with its weights as a file of this type holds them."""
    made = Roberta(model.config)
    made.load_state_dict({k: v.to(dtype).float() for k, v in model.state_dict().items()})
    return made.eval()


def load_trained(folder, data):
    if not (folder / "model.pt").exists():
        subprocess.run([sys.executable, "-B", HERE / "train_roberta.py", data, folder], check=True)
    model = Roberta(make_config("small"))
    model.load_state_dict(torch.load(folder / "model.pt"))
    return model.eval()


def check_trained(tool, folder, data, scratch):
    model, rows = load_trained(folder, data), read_texts(data)
    compare(tool, folder, model, rows, "trained", ("f32", "bf16", "int8"))
    alone = encode(tool, folder, "int8", rows[:100], batch=1)
    among = encode(tool, folder, "int8", rows[:100], batch=100)
    report("alone and among others", torch.equal(alone, among), "the same bytes in int8")
    for dtype, name in ((torch.float16, "F16"), (torch.bfloat16, "BF16")):
        save(scratch / name, model, dtype)
        compare(tool, scratch / name, rounded(model, dtype), rows[:500], f"{name} file")


def check_shapes(tool, rows, scratch):
    for size in ("distil", "base", "large"):
        torch.manual_seed(1)
        model = Roberta(make_config(size)).eval()
        save(scratch / size, model)
        compare(tool, scratch / size, model, rows[:4], f"of {size} shape")
    wide = Roberta(make_config((2, 384, 12, 1536), pad_token_id=1, type_vocab_size=2)).eval()
    save(scratch / "mini", wide)
    compare(tool, scratch / "mini", wide, rows[:50], "of MiniLM shape")


def main():
    binary, data = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    tool = binary.parent / "encode"
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        check_trained(tool, binary.parent / "parity/small", data, Path(scratch))
        check_shapes(tool, read_texts(data)[::97], Path(scratch))
    sys.exit(1 if failures else 0)


main()
