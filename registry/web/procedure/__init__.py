"""A procedure's page and what hangs on it: versions, differences, prints, reports, its agencies and decisions."""

from litestar.types import ControllerRouterHandler

from registry.web.procedure.agency import AgencyPages
from registry.web.procedure.controller import ProcedurePages, everything
from registry.web.procedure.decision import DecisionPages
from registry.web.procedure.history import HistoryPages, PrintCodes
from registry.web.procedure.reports import ReportPages, StatePages

CONTROLLERS: tuple[ControllerRouterHandler, ...] = (
    everything,
    ProcedurePages,
    HistoryPages,
    PrintCodes,
    ReportPages,
    StatePages,
    AgencyPages,
    DecisionPages,
)

__all__ = ["CONTROLLERS"]
