#!/usr/bin/python3
"""The logits that src/infer/encoder/encoder_test.c expects of its tiny model, by torch: the weights
are made by the same formula there."""
import torch

from roberta import Roberta, make_config

TEXTS = [[0, 5, 2], [0, 7, 11, 13, 30, 8, 2], [0, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27,
                                               26, 25, 24, 2]]


def numbers(seed, count, scale):
    """Mixed bits of place and seed, from -scale / 2 to scale / 2."""
    x = (torch.arange(count) * 2654435761 + seed * 40503) & 0xffffffff
    x = ((x ^ (x >> 15)) * 2246822519) & 0xffffffff
    x = (x ^ (x >> 13)) >> 8
    return ((x.double() / 2**24 - 0.5) * scale).float()


model = Roberta(make_config((2, 32, 2, 48), vocabulary=40, max_position_embeddings=20,
                            type_vocab_size=2)).eval()
for seed, (name, tensor) in enumerate(sorted(model.state_dict().items())):
    is_gain = name.endswith("LayerNorm.weight")
    made = numbers(seed, tensor.numel(), 1.5).view(tensor.shape) + (1 if is_gain else 0)
    tensor.copy_(made)
last = []
model.roberta["encoder"]["layer"][-1].register_forward_hook(lambda *about: last.append(about[2]))
with torch.no_grad():
    for text in TEXTS:
        logits = model(torch.tensor([text]))[0]
        mean = last.pop()[0].mean(0)  # of the tokens
        print("    {{" + ", ".join(f"{v:.6f}F" for v in logits) + f"}}, {mean[0]:.6f}F}},")
