"""What the stitch is measured against: a table of text edges to a table (identifier, component), in one process.

.venv/bin/python benchmarks/identity_rivals.py scipy edges.duckdb components.duckdb
.venv/bin/python benchmarks/identity_rivals.py splink edges.duckdb components.duckdb

All begin with the same table of texts and end with a table that the next query can join, as the stitch does: DuckDB
reads and writes for scipy too.
"""

import sys
from pathlib import Path
from typing import Any, cast

# Only the rival that was asked for is imported: its imports are part of what it costs.


def with_scipy(edges: Path, out: Path) -> None:
    """Number the texts, solve, write them back with their component.

    Texts are numbered by Arrow's dictionary encoding; pandas.factorize costs about the same from end to end.
    """
    import duckdb
    import numpy as np
    import pyarrow as pa
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    connection = _warehouse(duckdb, edges, out)
    table = connection.sql("select left_id, right_id from graph.edges").to_arrow_table()
    ends = pa.chunked_array([*table["left_id"].chunks, *table["right_id"].chunks])
    numbered = cast("pa.DictionaryArray[Any, Any]", ends.dictionary_encode().combine_chunks())
    codes, size = np.asarray(numbered.indices), len(numbered.dictionary)
    left, right = codes[: len(table)], codes[len(table) :]
    graph = coo_matrix((np.ones(len(left), np.bool_), (left, right)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    connection.register("found", pa.table({"identifier": numbered.dictionary, "component": labels}))
    connection.execute("create table components as from found")
    connection.close()


def with_splink(edges: Path, out: Path) -> None:
    """Splink's clustering on the texts as they are, DuckDB underneath."""
    import duckdb
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    connection = _warehouse(duckdb, edges, out)
    connection.execute("create view edges as select left_id, right_id from graph.edges")
    connection.execute("create table nodes as select left_id as id from edges union select right_id from edges")
    clusters = cluster_pairwise_predictions_at_threshold(
        nodes="nodes",
        edges="edges",
        db_api=DuckDBAPI(connection=connection),
        node_id_column_name="id",
        edge_id_column_name_left="left_id",
        edge_id_column_name_right="right_id",
    )
    name = clusters.physical_name
    connection.execute(f"create table components as select id as identifier, cluster_id as component from {name}")
    connection.close()


def _warehouse(duckdb: Any, edges: Path, out: Path) -> Any:
    """An empty file as dbt opens it, with the edges attached as `graph`."""
    out.unlink(missing_ok=True)
    connection = duckdb.connect(str(out), config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(f"attach '{edges}' as graph (read_only)")
    return connection


if __name__ == "__main__":
    rival, source, target = sys.argv[1:]
    {"scipy": with_scipy, "splink": with_splink}[rival](Path(source), Path(target))
