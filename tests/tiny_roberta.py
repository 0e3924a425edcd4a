"""A RoBERTa of a few kilobytes in a Hugging Face folder, with weights from a seeded generator and
the tokenizer of tests/golden/tokenizer. It says what its last layer's bias says, whatever it is
given: enough to see who answered."""

import json
import os
import random
import shutil
import struct

TOKENIZER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden/tokenizer")
WIDTH, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 2, 64, 66


def _shapes(vocabulary, labels):
    yield "roberta.embeddings.word_embeddings.weight", (vocabulary, WIDTH)
    yield "roberta.embeddings.position_embeddings.weight", (POSITIONS, WIDTH)
    yield "roberta.embeddings.token_type_embeddings.weight", (1, WIDTH)
    parts = [("roberta.embeddings.LayerNorm", None)]
    for layer in range(LAYERS):
        at = f"roberta.encoder.layer.{layer}."
        parts += [(f"{at}attention.self.{name}", (WIDTH, WIDTH))
                  for name in ("query", "key", "value")]
        parts += [(f"{at}attention.output.dense", (WIDTH, WIDTH)),
                  (f"{at}attention.output.LayerNorm", None),
                  (f"{at}intermediate.dense", (INNER, WIDTH)),
                  (f"{at}output.dense", (WIDTH, INNER)), (f"{at}output.LayerNorm", None)]
    parts += [("classifier.dense", (WIDTH, WIDTH)), ("classifier.out_proj", (labels, WIDTH))]
    for name, shape in parts:
        yield f"{name}.weight", shape or (WIDTH,)
        yield f"{name}.bias", (shape[0],) if shape else (WIDTH,)


def _values(name, shape, bias, chosen):
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    if name == "classifier.out_proj.bias":
        return bias
    if "LayerNorm.weight" in name:
        return [1.0] * count
    return [chosen.gauss(0, 0.05) for _ in range(count)]


def safetensors(vocabulary, bias):
    """The bytes of model.safetensors: a length, a JSON header, then the numbers in F32."""
    chosen, header, data = random.Random(5), {}, b""
    for name, shape in _shapes(vocabulary, len(bias)):
        numbers = _values(name, shape, bias, chosen)
        begin = len(data)
        data += struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def vocabulary_size():
    with open(os.path.join(TOKENIZER, "vocab.json"), encoding="utf-8") as file:
        return len(json.load(file))


def configuration(labels, **others):
    return {"architectures": ["RobertaForSequenceClassification"], "model_type": "roberta",
            "vocab_size": vocabulary_size(), "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS, "intermediate_size": INNER, "hidden_act": "gelu",
            "max_position_embeddings": POSITIONS, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
            "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
            "id2label": {str(i): name for i, name in enumerate(labels)}, **others}


def write(folder, labels=("NEGATIVE", "POSITIVE"), bias=(-6.0, 6.0), **others):
    """Makes the folder; gives its path."""
    os.makedirs(folder)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(TOKENIZER, name), folder)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(configuration(labels, **others), file)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(safetensors(vocabulary_size(), list(bias)))
    return folder
