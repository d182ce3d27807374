"""The catalogue as services read it: a directory of YAML or a release on the wire becomes one immutable `Release`."""

from __future__ import annotations

from shared.catalogue.load import CatalogueRefused, load_directory
from shared.catalogue.problems import Problem
from shared.catalogue.regions import within
from shared.catalogue.release import Release, body_of, digest_of

__all__ = [
    "CatalogueRefused",
    "Problem",
    "Release",
    "body_of",
    "digest_of",
    "load_directory",
    "within",
]
