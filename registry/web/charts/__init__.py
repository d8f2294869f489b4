"""Charts drawn on the server: data in, SVG out, with the same numbers as a table.

Each is fitted to one kind of question: ``line`` to how something moved, ``spark`` to that at a glance, ``bars`` to
who stands where, ``stacked`` to how a whole is divided, ``points`` to how much of the most was gained. They
stretch to the width they are given, their text keeps its size, and all colours come from style sheets.
"""

from registry.web.charts.bars import Bar, bars
from registry.web.charts.drawing import Chart
from registry.web.charts.line import Mark, Point, line
from registry.web.charts.points import Gained, points
from registry.web.charts.scale import Scale, ticks
from registry.web.charts.spark import spark
from registry.web.charts.stacked import Part, Row, Says, stacked

__all__ = [
    "Bar",
    "Chart",
    "Gained",
    "Mark",
    "Part",
    "Point",
    "Row",
    "Says",
    "Scale",
    "bars",
    "line",
    "points",
    "spark",
    "stacked",
    "ticks",
]
