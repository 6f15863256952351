"""Every report there is. One definition each: the message in chat, the Excel file and the picture come from it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.reports.by_unit import BY_UNIT
from handlers.reports.calls import CALLS
from handlers.reports.letterbox import LETTERBOX
from handlers.reports.monthly import MONTHLY
from handlers.reports.numbers import NUMBERS
from handlers.reports.overdue import OVERDUE
from handlers.reports.register import REGISTER
from handlers.reports.shape import Report
from handlers.reports.weekly import WEEKLY
from handlers.reports.written import WRITTEN

REPORTS: tuple[Report, ...] = (NUMBERS, BY_UNIT, OVERDUE, REGISTER, MONTHLY, WEEKLY, WRITTEN, CALLS, LETTERBOX)
"""Tables and numbers that can be asked for, and for whom each exists."""

BY_NAME: Mapping[str, Report] = {report.name: report for report in REPORTS}
