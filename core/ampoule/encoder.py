"""The sentence encoder: all-MiniLM-L6-v2 as int8 ONNX, run by onnxruntime on one thread."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MAX_TOKENS = 160


class EncoderError(Exception):
    """The encoder's files are missing or not those that were built."""


class Encoder:
    """Turns sentences into vectors.

    `encode(texts)` returns float32 of shape (len(texts), width): the mean over the tokens, scaled to length 1.
    """

    def __init__(self, folder: Path) -> None:
        try:
            manifest = json.loads((folder / "manifest.json").read_text())
            for name, digest in manifest["files"].items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                    raise EncoderError(f"{folder / name} is not the file that was built: run `make train`")
        except OSError as error:
            raise EncoderError(f"no sentence encoder in {folder}: run `make train`") from error
        self.width: int = manifest["width"]
        self.id = manifest["files"]["encoder.onnx"][:12]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        # One thread: two are slower as soon as the other core is busy.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])

    def encode(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            ids = self._tokenizer.encode(text).ids
            feed = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}
            mean = self._session.run(None, feed)[0][0].mean(axis=0)
            out[row] = mean / (np.linalg.norm(mean) or 1.0)
        return out
