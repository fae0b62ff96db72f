-- One row per link that passed the guards, and per link that a person (always_link) or a model (soft_link) added.
{{ config(materialized='view') }}
-- depends_on: {{ ref('identity_links') }} {{ ref('identity_nodes') }} {{ ref('identity_withheld') }} {{ ref('identity_overrides') }}
{{ identity_edges_sql() }}
