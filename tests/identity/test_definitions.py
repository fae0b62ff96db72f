"""When the next run is a full one because something else decides now who is who."""

from types import SimpleNamespace

from model_lab import Lab

LINKS = [("r0", "email", "a@x.pl", 0), ("r1", "email", "a@x.pl", 1)]


def modes(lab: Lab, *told: str | None) -> list[str]:
    """The mode of one run after the other, each told so of the definitions; None is dbt alone, which tells nothing."""
    found = []
    for definitions in told:
        lab.variables.pop("identity_definitions", None)
        if definitions is not None:
            lab.variables["identity_definitions"] = definitions
        lab.run()
        found += [mode for (mode,) in lab.rows("select mode from identity.identity_runs order by seq desc limit 1")]
    return found


def test_a_changed_macro_makes_the_next_run_a_full_one_that_keeps_the_ids() -> None:
    lab = Lab()
    lab.load(LINKS)
    assert modes(lab, "first", "first") == ["full", "incremental"]
    before = lab.people()
    assert modes(lab, "second", "second") == ["full", "incremental"]
    assert lab.people() == before


def test_dbt_alone_goes_by_its_checksums_and_forgets_no_change_of_a_macro() -> None:
    lab = Lab()
    lab.load(LINKS)
    assert modes(lab, None, None, "first") == ["full", "incremental", "incremental"]
    assert modes(lab, None, "first", None, "second") == ["incremental", "incremental", "incremental", "full"]


def test_a_comment_that_changed_a_checksum_is_passed_over_where_both_runs_see_macros() -> None:
    lab = Lab()
    lab.load(LINKS)
    model = SimpleNamespace(
        unique_id="model.heddle.identity_map",
        name="identity_map",
        resource_type="model",
        fqn=["heddle", "identity", "identity_map"],
        checksum=SimpleNamespace(checksum="one"),
    )
    lab.graph.nodes["model.heddle.identity_map"] = model
    assert modes(lab, "first") == ["full"]
    model.checksum.checksum = "another"
    assert modes(lab, "first") == ["incremental"]
    model.checksum.checksum = "a third"
    assert modes(lab, None) == ["full"]
