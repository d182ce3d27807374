"""The books (对账): what every service counts, against one another and against what stands on Kafka.

    report = Books(settings, environment_of, folder).balance()
    report.balanced, report.balances

Nothing is believed that another side can confirm. Up to each reader's watermark the sides must be equal; what lies
beyond is in flight, and at rest nothing is.
"""

from __future__ import annotations

from freshwater.books.balance import Balance, Report
from freshwater.books.reckoning import Books

__all__ = ["Balance", "Books", "Report"]
