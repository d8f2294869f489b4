"""The stores and the reader of pages that questions are asked over."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


def loaded(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``store_of("real")``: the folder of a store of ``tests/browser/stores.py``, made once for all workers."""
    return loaded(TESTS / "browser" / "folders.py", "browser_folders").maker(tmp_path_factory)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def read() -> Callable[[str], Any]:
    """HTML as a tree with its headings and texts."""
    return loaded(TESTS / "web" / "conftest.py", "web_reading").page_of  # type: ignore[no-any-return]
