"""A procedure's page and what hangs on it: versions, differences, prints, reports, its agencies and decisions."""

from litestar.types import ControllerRouterHandler

from registry.web.procedure.controller import ProcedurePages
from registry.web.procedure.history import HistoryPages, PrintCodes

CONTROLLERS: tuple[ControllerRouterHandler, ...] = (ProcedurePages, HistoryPages, PrintCodes)

__all__ = ["CONTROLLERS"]
