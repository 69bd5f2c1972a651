"""The jobs of `cargo xtask bench pipelines`, done by dataflows, DuckDB and Polars.

Usage: contenders.py CONTENDER JOB ITEMS SMALL LABELS FLIGHTS; results go to the working directory.
"""

import os
import sys

CHOSEN = ("garden", "kitchen")


def dataflows(job, items, small, labels, flights):
    from dataflows import (
        Flow,
        add_computed_field,
        dump_to_path,
        dump_to_sql,
        filter_rows,
        join,
        load,
        sort_rows,
    )

    def source(path, name="data"):
        return load(path, name=name, cast_strategy=load.CAST_WITH_SCHEMA)

    steps = {
        "path": lambda: [source(items), dump_to_path("out")],
        "small": lambda: [source(small), dump_to_path("out")],
        "sqlite": lambda: [
            source(items),
            dump_to_sql({"data": {"resource-name": "data"}}, engine="sqlite:///out.db"),
        ],
        "five": lambda: [
            source(items),
            filter_rows(equals=[{"category": category} for category in CHOSEN]),
            add_computed_field(
                [
                    {
                        "operation": "multiply",
                        "target": {"name": "total", "type": "number"},
                        "source": ["amount", "quantity"],
                    }
                ]
            ),
            sort_rows("{amount}", reverse=False),
            dump_to_path("out"),
        ],
        "join": lambda: [
            source(labels, "other"),
            source(items),
            join("other", ["id"], "data", ["id"], {"label": {}, "weight": {}}),
            dump_to_path("out"),
        ],
    }
    Flow(*steps[job]()).process()


def duckdb(job, items, small, labels, flights):
    import duckdb as engine

    types = "columns = {'id': 'BIGINT', 'name': 'VARCHAR', 'category': 'VARCHAR', " \
        "'amount': 'DECIMAL(18, 2)', 'quantity': 'BIGINT', 'created': 'DATE', 'active': 'BOOLEAN'}"

    def table(path):
        return f"read_csv('{path}', header = true, {types})"

    def write(query):
        os.makedirs("out", exist_ok=True)
        engine.sql(f"COPY ({query}) TO 'out/data.csv' (HEADER)")

    if job == "path":
        write(f"SELECT * FROM {table(items)}")
    elif job == "small":
        write(f"SELECT * FROM {table(small)}")
    elif job == "five":
        write(
            f"SELECT *, amount * quantity AS total FROM {table(items)} "
            f"WHERE category IN {CHOSEN} ORDER BY amount"
        )
    elif job == "join":
        write(
            f"SELECT i.*, l.label, l.weight FROM {table(items)} i "
            f"LEFT JOIN read_csv('{labels}') l ON i.id = l.id"
        )
    elif job == "parquet":
        os.makedirs("csv", exist_ok=True)
        os.makedirs("out", exist_ok=True)
        engine.sql(f"COPY (SELECT * FROM '{flights}') TO 'csv/flights.csv' (HEADER)")
        engine.sql("COPY (SELECT * FROM read_csv('csv/flights.csv')) TO 'out/flights.parquet'")


def polars(job, items, small, labels, flights):
    import polars as pl

    types = {
        "id": pl.Int64,
        "name": pl.String,
        "category": pl.String,
        "amount": pl.Decimal(18, 2),
        "quantity": pl.Int64,
        "created": pl.Date,
        "active": pl.Boolean,
    }

    def table(path):
        return pl.scan_csv(path, schema=types)

    def write(frame):
        os.makedirs("out", exist_ok=True)
        frame.sink_csv("out/data.csv")

    if job == "path":
        write(table(items))
    elif job == "small":
        write(table(small))
    elif job == "five":
        chosen = table(items).filter(pl.col("category").is_in(CHOSEN))
        total = pl.col("amount") * pl.col("quantity")
        write(chosen.with_columns(total=total).sort("amount", maintain_order=True))
    elif job == "join":
        write(table(items).join(pl.scan_csv(labels), on="id", how="left", maintain_order="left"))
    elif job == "parquet":
        os.makedirs("csv", exist_ok=True)
        os.makedirs("out", exist_ok=True)
        pl.scan_parquet(flights).sink_csv("csv/flights.csv")
        pl.scan_csv("csv/flights.csv", try_parse_dates=True).sink_parquet("out/flights.parquet")


if __name__ == "__main__":
    contender, job, *inputs = sys.argv[1:]
    {"dataflows": dataflows, "duckdb": duckdb, "polars": polars}[contender](job, *inputs)
