"""What linking keeps in the warehouse: the scored pairs, and the model they were scored with."""

from heddle.warehouse import Warehouse

MODELS = "heddle.soft_link_models"
PAIRS = "heddle.soft_links"
DDL = (
    "create schema if not exists heddle",
    """create table if not exists heddle.soft_links (
        left_node bigint not null,
        right_node bigint not null,
        match_weight double not null,
        match_probability double not null,
        decision varchar not null,
        explanation varchar not null,
        model_hash varchar not null,
        scored_at timestamp
    )""",
    """create table if not exists heddle.soft_link_models (
        model_hash varchar not null,
        definition_hash varchar not null,
        parameters varchar not null,
        people bigint not null,
        estimated_at timestamp
    )""",
    """create or replace view heddle.identity_soft_link_review as
        select left_node, right_node, match_weight, match_probability, explanation, model_hash, scored_at
        from heddle.soft_links where decision = 'review'""",
)


def prepare_soft_links(warehouse: Warehouse) -> None:
    """Creates the tables and the review view; changes nothing when they are there."""
    with warehouse.transaction():
        for statement in DDL:
            warehouse.execute(statement)
