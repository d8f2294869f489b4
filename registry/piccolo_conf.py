"""Piccolo's configuration, where it looks for the engine; ``registry.migrating`` sets it before it migrates."""

from typing import Any

from piccolo.conf.apps import AppRegistry
from piccolo.engine.base import Engine

DB: Engine[Any] | None = None
APP_REGISTRY = AppRegistry(apps=["registry.piccolo_app"])
