"""What the description of a route says of the problems that it may answer with, each with an example."""

from datetime import date

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from registry.api.problems import MEDIA_TYPE, TYPE, Choice, Days, Problem
from registry.desk.reasons import Reason

_EXAMPLES = {
    401: Problem(
        type="about:blank",
        title="Unauthorized",
        status=401,
        detail="This needs a key with the scope announce: send it as `Authorization: Bearer KEY`.",
        instance="/api/drafts",
    ),
    403: Problem(
        type="about:blank",
        title="Forbidden",
        status=403,
        detail="This needs the scope announce, which this key does not have.",
        instance="/api/drafts",
    ),
    422: Problem(
        type=TYPE + "not-publishable",
        title="Refused by the publish gate",
        status=422,
        detail="Reasons that keep it from being published: 1.",
        instance="/api/drafts/5d2cbacaca7a/publish",
        reasons=[
            Reason(
                "code-abolished",
                "items[1].old[0]",
                "Thủ tục 9.000002 đã hết hiệu lực từ 2025-04-01.",
                "Procedure 9.000002 ended on 2025-04-01 already.",
            )
        ],
    ),
    429: Problem(
        type="about:blank",
        title="Too Many Requests",
        status=429,
        detail="Too many writes: try again in 30 seconds.",
        instance="/api/drafts",
    ),
    400: Problem(
        type=TYPE + "unknown-parameter",
        title="Unknown parameter",
        status=400,
        detail="there is no parameter 'sectors' here",
        instance="/api/procedures?sectors=G09-LV01",
        parameter="sectors",
        accepted=["q", "sector"],
    ),
    404: Problem(
        type=TYPE + "procedure-not-in-force",
        title="Procedure not in force",
        status=404,
        detail="procedure 9.000001 is not in force on 2025-07-01",
        instance="/api/procedures/9.000001?asOf=2025-07-01",
        days=[Days(date(2025, 1, 1), date(2025, 7, 1))],
        successors=["9.000002"],
    ),
    406: Problem(
        type=TYPE + "not-acceptable",
        title="No such form",
        status=406,
        detail="this is to be had as application/json, application/ld+json, text/turtle: name one of them in "
        "Accept, or nothing",
        instance="/api/procedures/9.000001",
        accepted=["application/json", "application/ld+json", "text/turtle"],
    ),
    409: Problem(
        type=TYPE + "announcement-ambiguous",
        title="Several announcements have this number",
        status=409,
        detail="2 announcements have the number 12/QĐ-UBND: name the issuer or the day",
        instance="/api/announcements/12/Q%C4%90-UBND",
        choices=[Choice("12/QĐ-UBND|H55|2025-01-06", "H55", date(2025, 1, 6))],
    ),
    503: Problem(
        type=TYPE + "search-unavailable",
        title="Search is unavailable",
        status=503,
        detail="The search index cannot answer now; procedures can still be read by their codes.",
        instance="/api/procedures?q=khai+sinh",
    ),
}
_MEANINGS = {
    400: "A parameter is unknown or has a value that cannot be used; the problem names it and what is accepted.",
    401: "There is no key or session, or it is good no longer.",
    403: "The key or session does not have the scope that this needs.",
    404: "There is nothing of this name, or not on that day.",
    406: "There is no such form of this; the problem lists those there are.",
    409: "It fits several, which the problem lists; or somebody was faster: read again.",
    422: "The publish gate refuses it; the problem lists all reasons.",
    429: "Too much was written or tried; `retry-after` says in how many seconds to try again.",
    503: "The database or the search index cannot answer now.",
}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """The problem responses of a route, for its description."""
    return {
        status: ResponseSpec(
            Problem,
            media_type=MEDIA_TYPE,
            description=_MEANINGS[status],
            generate_examples=False,
            examples=[Example(summary=_MEANINGS[status], value=msgspec.to_builtins(_EXAMPLES[status]))],
        )
        for status in statuses
    }
