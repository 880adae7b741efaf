"""Reads the vectors of a training folder with torch, and an array of the same writer with numpy."""

import json
import sys
from pathlib import Path

import numpy
import torch

folder, array = Path(sys.argv[1]), sys.argv[2]

vectors = torch.load(folder / "query_embeddings.pt")
assert vectors.dtype == torch.float32 and vectors.ndim == 2, (vectors.dtype, vectors.shape)
assert torch.isfinite(vectors).all()
assert torch.equal(vectors, torch.load(folder / "query_embeddings.pt", mmap=True))
seen = set()
for part in ("train", "test"):
    with open(folder / f"routing_data_{part}.jsonl", encoding="utf-8") as lines:
        seen.update(json.loads(line)["embedding_id"] for line in lines)
assert seen == set(range(len(vectors))), "every vector belongs to a query, and every query has one"
print(f"         torch {torch.__version__} reads {list(vectors.shape)}, of length {vectors.norm(dim=1).mean():.4f}")

numbers = numpy.load(array)["vectors"]
expected = numpy.arange(300, dtype=numpy.float32)[:, None] + numpy.arange(7, dtype=numpy.float32) / 8
assert numbers.dtype == numpy.float32 and numpy.array_equal(numbers, expected)
print(f"         numpy {numpy.__version__} reads {list(numbers.shape)}")
