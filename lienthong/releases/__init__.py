"""A release: its dataset as a type, written canonically once, with the digest over that text. Pure."""

from lienthong.releases.dataset import Dataset, dataset_of, without_offices, without_tasks
from lienthong.releases.written import Made, Written, made_of, read, with_stated_digest, write

__all__ = [
    "Dataset",
    "Made",
    "Written",
    "dataset_of",
    "made_of",
    "read",
    "with_stated_digest",
    "without_offices",
    "without_tasks",
    "write",
]
