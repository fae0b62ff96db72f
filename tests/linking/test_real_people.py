"""Published record-linkage data with known truth, as benchmarks/linking.py measures it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("splink", reason="soft links are an optional extra: pip install 'heddle[link]'")
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "er_febrl1"


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location("linking_benchmark", ROOT / "benchmarks" / "linking.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return module


@pytest.mark.thorough
@pytest.mark.skipif(not DATA.exists(), reason="the published data is not beside this repository (../shared/data)")
def test_febrl_is_linked_without_its_social_number(benchmark: ModuleType) -> None:
    (merged,) = [r for r in benchmark.measure(benchmark.febrl(), benchmark.NOTHING) if r.clustered and not r.reviews]
    assert merged.precision >= 0.995
    assert merged.recall >= 0.98
