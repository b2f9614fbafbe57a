"""Keys and types of a whole configuration against verl's own, read without importing verl (which takes seconds).

Hydra refuses a misspelt key on the command line; in a recipe file, or behind a plus sign, it adds it without a word.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from easyr1.config.explain import nearest
from easyr1.config.paths import verl_config_folder
from easyr1.config.schema import RunKeys, shown

OPEN_NODES = {"data.level_stream", "ray_kwargs.ray_init"}
"""Nodes whose keys others read: our dataset, `ray.init`."""

RUN_KEYS = frozenset(key.name for key in fields(RunKeys))


def check_keys(config: Mapping[str, Any], known: Mapping[str, Any], own: Collection[str] = RUN_KEYS) -> Iterator[str]:
    """Findings: keys that nobody reads, and values of another type than verl's default.

    Args:
        config: the configuration of a run, not resolved: a value that follows another is judged once, where it stands.
        known: verl's own, resolved; an empty mapping in it is open to any key.
        own: keys of ours at the top, which are checked elsewhere.
    """
    yield from _compare({key: value for key, value in config.items() if key not in own}, known, "", own)


def _compare(config: Mapping[str, Any], known: Mapping[str, Any], prefix: str, own: Collection[str]) -> Iterator[str]:
    for key, value in config.items():
        path = f"{prefix}{key}"
        if path in OPEN_NODES:
            continue
        if key not in known:
            if key not in _dataclass_fields(str(known.get("_target_", ""))):
                close = nearest(str(key), [*map(str, known), *(own if not prefix else ())])
                yield f"{path}: neither verl nor easyr1 reads such a key{close.replace('mean ', f'mean {prefix}')}"
            continue
        default = known[key]
        if isinstance(default, Mapping) and isinstance(value, Mapping):
            if default:
                yield from _compare(value, default, f"{path}.", own)
        elif expected := _expected(value, default):
            yield f"{path}: {shown(value)} given; it must be {expected}"


def _expected(value: Any, default: Any) -> str | None:
    """What a value must be where its default is `default`, None when it is so; null fits everywhere."""
    if value is None or default is None or (isinstance(value, str) and value.startswith(("${", "???"))):
        return None
    kinds = {
        bool: ("true or false", isinstance(value, bool)),
        int: ("a number", isinstance(value, int | float) and not isinstance(value, bool)),
        float: ("a number", isinstance(value, int | float) and not isinstance(value, bool)),
        list: (f"a list, such as [{value}]", isinstance(value, list)),
        dict: ("a group of keys", isinstance(value, dict)),
        str: ("a word", not isinstance(value, dict)),
    }
    expected, is_so = kinds.get(type(default), ("", True))
    return None if is_so else expected


@lru_cache
def _dataclass_fields(target: str) -> frozenset[str]:
    """Field names of a dataclass of verl, inherited ones too, read from the source of its package."""
    package, _, name = target.rpartition(".")
    folder = verl_config_folder().parents[1].joinpath(*package.split(".")[1:])
    if not package.startswith("verl.") or not (folder.is_dir() or folder.with_suffix(".py").is_file()):
        return frozenset()
    files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    classes = {
        node.name: node
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = set()
    pending = [name]
    while pending:
        node = classes.pop(pending.pop(), None)
        if node is not None:
            found |= {item.target.id for item in node.body if _is_field(item)}  # type: ignore[attr-defined]
            pending += [base.id for base in node.bases if isinstance(base, ast.Name)]
    return frozenset(found)


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
