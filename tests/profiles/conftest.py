"""One company, built once: the tests that only look share it, the test that goes on in time takes a copy."""

import shutil
from pathlib import Path

import pytest
from company import AS_OF, SHAPES
from shapes_project import ShapesProject, make_project


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> ShapesProject:
    project = make_project(tmp_path_factory.mktemp("company"))
    project.build(SHAPES, AS_OF)
    return project


@pytest.fixture
def copy(built: ShapesProject, tmp_path: Path) -> ShapesProject:
    shutil.copytree(built.folder, tmp_path / "copy")
    return ShapesProject(tmp_path / "copy")
