"""What citizens say of a procedure's page, and how often it is read. No personal data, nobody followed."""

from registry.feedback.report import FeedbackError, Kind, Report, ReportInvalid, ReportNotFound, State
from registry.feedback.reporting import Handed, ReportPage, Taken, answer, hand_in, report, reports
from registry.feedback.usage import Usage, Views, counting, usage

__all__ = [
    "FeedbackError",
    "Handed",
    "Kind",
    "Report",
    "ReportInvalid",
    "ReportNotFound",
    "ReportPage",
    "State",
    "Taken",
    "Usage",
    "Views",
    "answer",
    "counting",
    "hand_in",
    "report",
    "reports",
    "usage",
]
