"""What page lint made of contents, so that a catalogue is graded once and not by every process anew."""

from piccolo.columns import Text, Varchar
from piccolo.table import Table


class PageGrade(Table, tablename="page_grade"):
    """The grade of a content (JSON), by the rules of an edition."""

    content = Varchar(length=32, primary_key=True, default="")
    edition = Varchar(length=32)
    body = Text()


TABLES: tuple[type[Table], ...] = (PageGrade,)
