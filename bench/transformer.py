"""The transformer half of row 7: Hark's encoder beside onnxruntime-node on the same weights and
texts, one thread each. RoBERTa-base's shape with random weights, which cost what trained ones do."""
import subprocess
import sys
import zlib

from harness import BENCH, DATA, ROOT, ROUNDS, check, make_corpus, median, ratio, say, spread, table

ENCODE = ROOT / "build/encode"
NODE = BENCH / "onnx/node_modules/onnxruntime-node"
TEXTS, BATCHES, REPEAT = 16, (1, 16), 2
OURS = {"Hark f32": "f32", "Hark bf16": "bf16", "Hark int8": "int8"}
THEIRS = {"onnxruntime f32": "model.onnx", "onnxruntime int8": "model.int8.onnx"}
NOTE = """
Texts a second of CPU, the best of each round: both run on one thread, and a busy machine does not
count against either. onnxruntime quantises dynamically (DynamicQuantizeLinear, MatMulInteger), as
its own quantize_dynamic() would; it pads a batch to its longest text, Hark packs it. int8 is compared
with onnxruntime's int8, the rest with its f32."""


def ids_of(text):
    """Ids of the right number: a word, or four letters of a longer one, is a token."""
    words = [word[i:i + 4] for word in text.lower().split() for i in range(0, len(word), 4)]
    return [0, *(5 + zlib.crc32(word.encode()) % 50000 for word in words[:126]), 2]


def read_texts(directory):
    path = DATA / "app_reviews_stars/test.tsv"
    if not path.exists():
        path = make_corpus(directory, 2000, "labelled", 1)
    rows = path.read_text(encoding="utf-8").split("\n")
    texts = [row.partition("\t")[2] for row in rows if "\t" in row]
    return [ids_of(text) for text in texts[::len(texts) // TEXTS][:TEXTS]]


def missing():
    if not NODE.exists():
        return "bench/deps has not installed onnxruntime-node"
    done = subprocess.run(["/usr/bin/python3", "-c", "import torch, onnx"], check=False,
                          stderr=subprocess.DEVNULL)
    return "python3-torch or python3-onnx is not installed" if done.returncode else None


def measure(name, model, batch, lines):
    """Texts a second, and the logits."""
    words = [ENCODE, model, OURS[name]] if name in OURS else [
        "node", BENCH / "onnx/onnx_lines.js", model / THEIRS[name]]
    done = subprocess.run([*map(str, words), str(batch), str(REPEAT)], input=lines, text=True,
                          capture_output=True, check=False)
    check(done.returncode == 0, f"{name}: {done.stderr.strip()[-200:]}")
    logits = [[float(n) for n in line.split()] for line in done.stdout.splitlines()]
    return TEXTS / float(done.stderr.split()[-1]), logits


def check_same(logits):
    ours, theirs = logits["Hark f32"], logits["onnxruntime f32"]
    most = max(abs(a - b) for one, other in zip(ours, theirs) for a, b in zip(one, other))
    check(len(ours) == len(theirs) == TEXTS and most < 1e-4, f"f32 logits differ by {most}")


def report_transformer(directory):
    why = missing()
    if why:
        print(f"\nThe transformer beside onnxruntime: skipped, {why}.")
        return
    subprocess.run(["make", "-s", "-C", ROOT, "build/encode"], check=True,
                   stdout=subprocess.DEVNULL)
    say("row 7: making RoBERTa-base's shape for both sides")
    model = directory / "roberta"
    subprocess.run([sys.executable, "-B", BENCH / "onnx/export_onnx.py", "base", model],
                   check=True, capture_output=True)
    rows = read_texts(directory)
    lines = "".join(" ".join(map(str, row)) + "\n" for row in rows)
    print(f"\nRoBERTa-base, {TEXTS} app reviews of {sum(map(len, rows)) / TEXTS:.0f} tokens on"
          f" average, {max(map(len, rows))} at most.")
    speeds = {(name, batch): [] for name in (*OURS, *THEIRS) for batch in BATCHES}
    for turn in range(ROUNDS):
        for batch in BATCHES:
            logits = {}
            for name in (*OURS, *THEIRS):
                say(f"row 7: round {turn + 1}, {name}, {batch} at once")
                speed, logits[name] = measure(name, model, batch, lines)
                speeds[name, batch].append(speed)
            check_same(logits)
    table(["transformer", *(f"texts/s, {batch} at once" for batch in BATCHES),
           *(f"beside onnxruntime, {batch} at once" for batch in BATCHES)],
          [[name, *(spread(speeds[name, batch]) for batch in BATCHES),
            *(beside(name, batch, speeds) for batch in BATCHES)] for name in (*OURS, *THEIRS)])
    print(NOTE)


def beside(name, batch, speeds):
    if name in THEIRS:
        return ""
    other = "onnxruntime int8" if name == "Hark int8" else "onnxruntime f32"
    return ratio(median(speeds[name, batch]), median(speeds[other, batch]))
