"""Numbers as tables, and tables as CSV and XLSX."""

from registry.metrics.exports.delimited import delimited
from registry.metrics.exports.report import Cell, Column, Kind, Report, Sheet, period_text, shown
from registry.metrics.exports.workbook import workbook

__all__ = ["Cell", "Column", "Kind", "Report", "Sheet", "delimited", "period_text", "shown", "workbook"]
