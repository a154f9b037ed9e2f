"""The report of a run, a fit or a reproduction: one HTML file that opens offline."""

from grainscope.report.fit_report import write_fit_report
from grainscope.report.reproduce_report import write_reproduce_report
from grainscope.report.write import write_report

__all__ = ["write_fit_report", "write_report", "write_reproduce_report"]
