"""`dagster dev` from the root of the repository, at first try, as the README says."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests
from trial_shop import ROOT, Shop, free_port

QUERY = "{ assetNodes { assetKey { path } groupName } }"


def test_dagster_dev_serves_one_lineage(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    port = free_port()
    env = {name: value for name, value in shop.env.items() if name != "HEDDLE_ROOT"}
    log = (tmp_path / "dagster.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "dagster", "dev", "--port", str(port)], cwd=ROOT, env={**env, "PATH": path()},
        start_new_session=True, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        nodes = wait_for(f"http://127.0.0.1:{port}/graphql")
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()
    groups = {node["groupName"] for node in nodes}
    assert {"raw", "staging", "identity", "profiles", "segments", "activations", "feedback"} <= groups
    paths = {tuple(node["assetKey"]["path"]) for node in nodes}
    assert {("shop", "orders"), ("profiles", "profiles"), ("segments", "segment_abandoned_cart")} <= paths
    assert ("sync", "smtp_abandoned_cart") in paths


def path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def wait_for(url: str) -> list[dict[str, object]]:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            answer = requests.post(url, json={"query": QUERY}, timeout=60).json()
            if answer.get("data", {}).get("assetNodes"):
                return list(answer["data"]["assetNodes"])
        except (requests.ConnectionError, requests.Timeout, ValueError):
            pass
        time.sleep(1)
    raise AssertionError("dagster dev did not serve the assets within five minutes")
