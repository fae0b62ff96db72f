"""A process with a Spark session: JSON lines in (tables, then one statement each) and out (rows, every value as text).

It runs in the environment that has pyspark, and imports nothing else. What others print goes to stderr.
"""

import json
import os
import sys
from datetime import date, datetime
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
)

TYPES = {
    "VARCHAR": StringType(),
    "DOUBLE": DoubleType(),
    "BIGINT": LongType(),
    "BOOLEAN": BooleanType(),
    "DATE": DateType(),
    "TIMESTAMP": TimestampNTZType(),
    "VARCHAR[]": ArrayType(StringType()),
}


def session() -> SparkSession:
    """One thread, UTC, times without a zone as the warehouse keeps them."""
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": os.environ["HEDDLE_SPARK_FOLDER"],
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def make_table(spark: SparkSession, name: str, columns: list[list[str]], rows: list[list[Any]]) -> None:
    """A table of the default catalog; `columns` are (name, DuckDB type), times are ISO texts."""
    spark.sql(f"create schema if not exists {name.partition('.')[0]}")
    schema = StructType([StructField(column, TYPES[kind]) for column, kind in columns])
    read = {"TIMESTAMP": datetime.fromisoformat, "DATE": date.fromisoformat}
    kinds = [read.get(kind, lambda value: value) for _, kind in columns]
    typed = [[None if v is None else kind(v) for kind, v in zip(kinds, row, strict=True)] for row in rows]
    spark.createDataFrame(typed, schema).write.saveAsTable(name)


def answer(spark: SparkSession, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if "table" in asked:
            make_table(spark, asked["table"], asked["columns"], asked["rows"])
            return {"rows": []}
        return {"rows": [[str(value) for value in row] for row in spark.sql(asked["sql"]).collect()]}
    except Exception as error:  # what Spark refuses is the answer
        return {"error": str(error)[:3000]}


def main() -> None:
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        spark = session()
        for line in sys.stdin:
            answers.write(json.dumps(answer(spark, json.loads(line))) + "\n")
            answers.flush()
        spark.stop()


if __name__ == "__main__":
    main()
