"""Running the dbt project in this process, and telling it what "now" is.

dbt itself takes seconds to import: that happens when a command is run, not when this package is imported.
"""

from heddle.transform.clock import set_clock
from heddle.transform.node_result import NodeEvent, NodeResult, OnEvent
from heddle.transform.prepare import prepare
from heddle.transform.run import run_dbt

__all__ = ["NodeEvent", "NodeResult", "OnEvent", "prepare", "run_dbt", "set_clock"]
