"""RoBERTa in torch, with the tensor names of Hugging Face's RobertaForSequenceClassification: what
Hark's encoder is held against. And the writing of a folder as one downloads it."""
import json
import math
import struct
import zlib

import torch
from torch import nn

PAD, BEGIN, END, FIRST_WORD = 1, 0, 2, 5
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}

SIZES = {  # layers, width, heads, inner
    "small": (4, 256, 4, 1024),
    "distil": (6, 768, 12, 3072),
    "base": (12, 768, 12, 3072),
    "large": (24, 1024, 16, 4096),
}


def make_config(size, vocabulary=8005, labels=("negative", "neutral", "positive"), **others):
    layers, width, heads, inner = SIZES[size] if isinstance(size, str) else size
    return {
        "architectures": ["RobertaForSequenceClassification"], "model_type": "roberta",
        "vocab_size": vocabulary, "hidden_size": width, "num_hidden_layers": layers,
        "num_attention_heads": heads, "intermediate_size": inner, "hidden_act": "gelu",
        "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
        "pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END,
        "id2label": {str(i): name for i, name in enumerate(labels)}, **others,
    }


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner, self.heads = (config[k] for k in (
            "hidden_size", "intermediate_size", "num_attention_heads"))
        epsilon = config["layer_norm_eps"]
        self.attention = nn.ModuleDict({
            "self": nn.ModuleDict({k: linear(width, width) for k in ("query", "key", "value")}),
            "output": nn.ModuleDict({"dense": linear(width, width),
                                     "LayerNorm": nn.LayerNorm(width, epsilon)})})
        self.intermediate = nn.ModuleDict({"dense": linear(width, inner)})
        self.output = nn.ModuleDict({"dense": linear(inner, width),
                                     "LayerNorm": nn.LayerNorm(width, epsilon)})

    def forward(self, x, mask):
        texts, tokens, width = x.shape
        split = lambda name: self.attention["self"][name](x).view(
            texts, tokens, self.heads, -1).transpose(1, 2)
        scores = split("query") @ split("key").transpose(2, 3) / math.sqrt(width // self.heads)
        found = torch.softmax(scores + mask[:, None, None, :], -1) @ split("value")
        found = self.attention["output"]["dense"](found.transpose(1, 2).reshape(x.shape))
        x = self.attention["output"]["LayerNorm"](x + found)
        inner = nn.functional.gelu(self.intermediate["dense"](x))
        return self.output["LayerNorm"](x + self.output["dense"](inner))


class Roberta(nn.Module):
    """ids (texts, tokens), padded with PAD, to logits (texts, labels)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        width = config["hidden_size"]
        self.roberta = nn.ModuleDict({
            "embeddings": nn.ModuleDict({
                "word_embeddings": nn.Embedding(config["vocab_size"], width),
                "position_embeddings": nn.Embedding(config["max_position_embeddings"], width),
                "token_type_embeddings": nn.Embedding(config["type_vocab_size"], width),
                "LayerNorm": nn.LayerNorm(width, config["layer_norm_eps"])}),
            "encoder": nn.ModuleDict({"layer": nn.ModuleList(
                Layer(config) for _ in range(config["num_hidden_layers"]))})})
        self.classifier = nn.ModuleDict({"dense": linear(width, width),
                                         "out_proj": linear(width, len(config["id2label"]))})
        self.apply(self.start)

    @staticmethod
    def start(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(0.0, 0.02)
        if isinstance(module, nn.Linear):
            module.bias.data.normal_(0.0, 0.02)

    def forward(self, ids, mask=None):
        embeddings = self.roberta["embeddings"]
        if mask is None:
            mask = (ids == PAD).float() * torch.finfo(torch.float32).min
        places = torch.arange(PAD + 1, PAD + 1 + ids.shape[1])
        x = embeddings["word_embeddings"](ids) + embeddings["position_embeddings"](places)
        x = embeddings["LayerNorm"](x + embeddings["token_type_embeddings"].weight[0])
        for layer in self.roberta["encoder"]["layer"]:
            x = layer(x, mask)
        return self.classifier["out_proj"](torch.tanh(self.classifier["dense"](x[:, 0])))


def write_safetensors(path, tensors):
    header, data, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(torch.int16 if tensor.element_size() == 2 else torch.int32)
        raw = raw.numpy().tobytes()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(data)


def save(folder, model, dtype=torch.float32):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config, indent=2))
    write_safetensors(folder / "model.safetensors",
                      {name: tensor.to(dtype) for name, tensor in model.state_dict().items()})


def ids_of(text, most=64):
    """A vocabulary that needs no file: a word's id is its checksum."""
    words = text.lower().replace(",", " , ").replace(".", " . ").replace("!", " ! ").split()
    return [BEGIN, *(FIRST_WORD + zlib.crc32(word.encode()) % 8000 for word in words[:most - 2]),
            END]


def pad(rows):
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def predict(model, rows, batch=64):
    """Logits of rows of any lengths, those of like length together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    logits = torch.empty(len(rows), len(model.config["id2label"]))
    with torch.no_grad():
        for at in range(0, len(order), batch):
            some = order[at:at + batch]
            logits[some] = model(pad([rows[i] for i in some]))
    return logits
