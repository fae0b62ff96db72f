"""What the stitch is measured against: from text edges in Parquet to identifier, component, in a process of its own.

.venv/bin/python benchmarks/identity_rivals.py scipy edges.parquet components.parquet
.venv/bin/python benchmarks/identity_rivals.py splink edges.parquet components.parquet
"""

import sys
from pathlib import Path
from typing import Any, cast

# Only the rival that was asked for is imported: its imports are part of what it costs.


def with_scipy(edges: Path, out: Path) -> None:
    """Number the texts, solve, write them back with their component.

    Texts are numbered by Arrow's dictionary encoding; pandas.factorize costs about the same from end to end.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    table = pq.read_table(edges)
    ends = pa.chunked_array([*table["left_id"].chunks, *table["right_id"].chunks])
    numbered = cast("pa.DictionaryArray[Any, Any]", ends.dictionary_encode().combine_chunks())
    codes, size = np.asarray(numbered.indices), len(numbered.dictionary)
    left, right = codes[: len(table)], codes[len(table) :]
    graph = coo_matrix((np.ones(len(left), np.bool_), (left, right)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    pq.write_table(pa.table({"identifier": numbered.dictionary, "component": labels}), out)


def with_splink(edges: Path, out: Path) -> None:
    """Splink's clustering on the texts as they are, DuckDB underneath, in a file as ours is."""
    import duckdb
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    file = out.with_suffix(".duckdb")
    file.unlink(missing_ok=True)
    connection = duckdb.connect(str(file), config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(f"create table edges as select left_id, right_id from read_parquet('{edges}')")
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
    connection.execute(
        f"copy (select id as identifier, cluster_id as component from {name}) to '{out}' (format parquet)"
    )
    connection.close()
    file.unlink()


if __name__ == "__main__":
    rival, source, target = sys.argv[1:]
    {"scipy": with_scipy, "splink": with_splink}[rival](Path(source), Path(target))
