{#- The instant of the run as a timestamp literal (naive UTC): the variable `as_of`, else the one row of heddle.clock. -#}
{% macro as_of() -%}
    {%- if var('as_of', none) -%}
        {{ timestamp_literal(var('as_of')) }}
    {%- elif not execute -%}
        {{ timestamp_literal('1970-01-01 00:00:00') }}
    {%- else -%}
        {{ timestamp_literal(clock_instant()) }}
    {%- endif -%}
{%- endmacro %}

{% macro clock_instant() -%}
    {%- set clock = adapter.get_relation(database=target.database, schema='heddle', identifier='clock') -%}
    {%- if clock is none -%}
        {{ exceptions.raise_compiler_error("The run has no clock: table heddle.clock does not exist. Start it with `heddle run`, or pass --vars '{as_of: 2026-06-15 04:30:00}'.") }}
    {%- endif -%}
    {%- set instants = run_query('select max(as_of) as as_of from heddle.clock').columns[0].values() -%}
    {%- if instants | length == 0 or instants[0] is none -%}
        {{ exceptions.raise_compiler_error("The run has no clock: heddle.clock is empty. Start it with `heddle run --as-of ...`, or pass --vars '{as_of: 2026-06-15 04:30:00}'.") }}
    {%- endif -%}
    {{ return(instants[0] | string) }}
{%- endmacro %}

{#- Accepts '2026-06-15', '2026-06-15 04:30:00' and '2026-06-15T04:30:00Z'; anything after the seconds but a Z is refused by the warehouse. -#}
{% macro timestamp_literal(instant) -%}
    cast('{{ (instant | string).replace('T', ' ').replace('Z', '').replace('+00:00', '') }}' as timestamp)
{%- endmacro %}
