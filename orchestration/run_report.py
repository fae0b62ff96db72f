"""How a run went, as whoever started it is told."""

from dataclasses import dataclass

NOT_PUBLISHED = "not published"


@dataclass(frozen=True)
class RunReport:
    """`failed_steps` and `failed_checks` map a name to what a person should know; `unasked_checks` counts those of
    tables that were not built."""

    run_id: str
    nothing_to_do: bool
    failed_steps: dict[str, str]
    failed_checks: dict[str, str]
    unasked_checks: int = 0

    @property
    def succeeded(self) -> bool:
        """True when every step ended well; failed checks are reported but do not make a run fail."""
        return not self.failed_steps
