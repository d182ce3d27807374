"""The catalogue as services read it: a directory of YAML or a release on the wire becomes one immutable `Release`."""

from __future__ import annotations

from shared.catalogue.assembly import Assembly, ReleaseRefused
from shared.catalogue.follower import CatalogueFollower, NoRelease
from shared.catalogue.load import CatalogueRefused, load_directory
from shared.catalogue.problems import Problem
from shared.catalogue.regions import within
from shared.catalogue.release import Release, digest_of

__all__ = [
    "Assembly",
    "CatalogueFollower",
    "CatalogueRefused",
    "NoRelease",
    "Problem",
    "Release",
    "ReleaseRefused",
    "digest_of",
    "load_directory",
    "within",
]
