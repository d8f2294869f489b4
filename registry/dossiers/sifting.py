"""From lines to batches: each line becomes a record, a dossier that is kept aside, or a rejection."""

from collections.abc import Iterator, Sequence

import msgspec

from registry.dossiers.batch import Aside, Batch, rejection
from registry.dossiers.counting import Counting
from registry.dossiers.dossier import Delivered, Stored, Wrong
from registry.dossiers.examining import Absent, Examiner, Unlearned, Wanted
from registry.dossiers.formats import Format
from registry.dossiers.image import Image
from registry.dossiers.lines import LONGEST_LINE, Line, lines_of

_FIRST = 25_000
_PART = 10_000
"""Records that are packed together."""


class Sifter:
    """Sifts the lines of one source, by what its examiner was told; ``full`` batches are to be taken away.

    The first batches are small, so that whoever writes need not wait long; ``most`` dossiers are in the largest.
    Their records are written to files in ``folder``.
    """

    def __init__(self, form: Format, header: bytes, examiner: Examiner, most: int, folder: str) -> None:
        self.examiner = examiner
        self._at_once = form.at_once
        self._read = form.reader(header)
        self._size = min(_FIRST, most)
        self._most = most
        self._batch = Batch(examiner.now.revision)
        self._counting = Counting()
        self._folder = folder
        self._image: Image | None = None
        self._rows: list[Stored] = []

    @property
    def full(self) -> bool:
        return len(self._batch) + len(self._rows) >= self._size

    def take(self) -> Batch:
        """What has been sifted since the last time."""
        self._pack()
        self._size = min(self._size * 2, self._most)
        batch, counting = self._batch, self._counting
        if self._image is not None:
            for tally, rows in counting.totals():
                self._image.tally(tally, rows)
            self._image.close()
            batch.records = self._image.path
        batch.touched = counting.touched()
        self._batch, self._counting, self._image = Batch(self.examiner.now.revision), Counting(), None
        return batch

    def sift(self, number: int, block: bytes | Line) -> Iterator[Wanted]:
        """Sift lines, the first of which has this number. Whatever it yields the examiner must be told before it
        goes on."""
        numbers, dossiers = self._delivered(number, block)
        done = self._examine(numbers, dossiers, 0)
        while done < len(dossiers):  # seldom: the same few thousand codes come again and again
            yield self.examiner.wanted(dossiers[done:])
            done = self._examine(numbers, dossiers, done)
        if len(self._rows) >= _PART:
            self._pack()

    def _delivered(self, number: int, block: bytes | Line) -> tuple[Sequence[int], list[Delivered]]:
        """The sound dossiers of a block, with the numbers of their lines."""
        if isinstance(block, bytes) and len(block) <= LONGEST_LINE:
            found = self._at_once(block)
            if found is not None:
                self._batch.read += len(found)
                return range(number, number + len(found)), found
        numbers, dossiers = [], []
        for place, line in lines_of(number, block):
            self._batch.read += 1
            try:
                if isinstance(line, Line):
                    raise Wrong("", f"has {line.length:,} bytes; at most {LONGEST_LINE:,} are read")
                dossiers.append(self._read(line))
                numbers.append(place)
            except Wrong as wrong:
                self._reject(place, line.length if isinstance(line, Line) else len(line), wrong)
        return numbers, dossiers

    def _examine(self, numbers: Sequence[int], dossiers: list[Delivered], start: int) -> int:
        """Take dossiers up. Returns how far it came before one that has to be learned of."""
        key_of, examine, row = self.examiner.key, self.examiner.examine, self._rows.append
        first, lines = start, self._batch.lines
        for place, dossier in enumerate(dossiers[start:] if start else dossiers, start):
            try:
                key = key_of(dossier.number)
                row(examine(key, dossier))
                continue
            except Unlearned:
                lines.extend(numbers[first:place])
                return place
            except Wrong as wrong:
                wrong.data = dossier
                self._reject(numbers[place], 0, wrong)
            except Absent as absent:
                self._keep_aside(numbers[place], key, dossier, absent)
            lines.extend(numbers[first:place])  # all before it were taken up
            first = place + 1
        lines.extend(numbers[first:])
        return len(dossiers)

    def _pack(self) -> None:
        if not self._rows:
            return
        if self._image is None:
            self._image = Image(self._folder)
        self._counting.add(self._rows)
        self._image.add(self._rows)
        self._batch.count += len(self._rows)
        self._rows = []

    def _reject(self, number: int, length: int, wrong: Wrong) -> None:
        text = wrong.data.number if isinstance(wrong.data, Delivered) else None
        if isinstance(wrong.data, dict):
            text = wrong.data.get("number")
        key = None
        if isinstance(text, str) and wrong.field != "number":
            try:
                key = self.examiner.key(text)
            except Wrong:  # the line has two faults, and tells the other
                key = None
        self._batch.rejections.append(rejection(number, length, wrong, key))

    def _keep_aside(self, number: int, key: bytes, dossier: Delivered, absent: Absent) -> None:
        kept = msgspec.structs.replace(dossier, number=key.hex(), procedure=absent.procedure, agency=absent.agency)
        self._batch.asides.append(
            Aside(number, absent.reason, absent.procedure, absent.agency, absent.received, kept)
        )
