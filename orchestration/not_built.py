"""What a dbt build left out, and why: the faults first, then what waits behind them."""

from collections.abc import Sequence

from heddle.transform import NodeResult

_TESTS = ("test", "unit_test")
_SHOWN = 12  # of what waits: the rest is in Dagster


def not_built(results: Sequence[NodeResult]) -> str:
    """Empty when every model was built. Else the models at fault, a line per fault with the file that declares it,
    and a line with the models that dbt skipped because of them; no value of the data."""
    faults = [result for result in results if not result.ok and result.status != "skipped"]
    at_fault = [result.name for result in faults if result.kind not in _TESTS]
    behind = [result.name for result in results if result.status == "skipped" and result.kind not in _TESTS]
    if not at_fault and not behind:
        return ""
    # a failed test keeps nothing from being built unless something is behind it
    told = [f"  {fault.name} ({fault.where}): {fault.message}" for fault in faults if behind or fault.name in at_fault]
    more = f" and {len(behind) - _SHOWN} more" if len(behind) > _SHOWN else ""
    waiting = [f"  waiting for that: {', '.join(behind[:_SHOWN])}{more}"] if behind else []
    return "\n".join([", ".join(at_fault) or "what hangs on a failed test", *told, *waiting])
