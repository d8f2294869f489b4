"""A procedure's page and what hangs on it: versions, differences, prints, reports, its agencies and decisions."""

from litestar.types import ControllerRouterHandler

from registry.web.procedure.controller import ProcedurePages

CONTROLLERS: tuple[ControllerRouterHandler, ...] = (ProcedurePages,)

__all__ = ["CONTROLLERS"]
