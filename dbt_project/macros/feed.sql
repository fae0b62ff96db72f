{#- All rows of one shape, from every enabled source that gives it (var `feeds`): a select to be used in a CTE.
    Cast to the types of the shape, so that what one source writes (1.0 is a decimal, 1 an integer) cannot change a table
    that all of them feed. A typed, empty select when no enabled source gives the shape. -#}
{% macro feed(shape) -%}
    {%- set columns = shape_columns(shape) -%}
    {%- set models = feed_models(shape) -%}
    {%- for model in models %}
    select
        {%- for column, type in columns.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }}
        {%- if not loop.last %}
    union all
        {%- endif -%}
    {%- else %}
    select
        {%- for column, type in columns.items() %}
        cast(null as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endfor %}
{%- endmacro %}

{% macro enabled_groups() -%}
    {{ return(env_var('HEDDLE_SOURCES', 'demo').split(',') | map('trim') | list) }}
{%- endmacro %}

{% macro feed_models(shape) -%}
    {%- set models = [] -%}
    {%- set feeds = var('feeds') -%}
    {%- for group in enabled_groups() -%}
        {%- for source_name, shapes in feeds.get(group, {}).items() if shape in shapes -%}
            {%- do models.append('stg_' ~ source_name ~ '__' ~ shape) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do check_feeds(shape, models) -%}
    {{ return(models) }}
{%- endmacro %}

{#- A model of a shape that nobody listed would be missing from every later stage without a word. -#}
{% macro check_feeds(shape, models) -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'staging' -%}
            {%- if node.name.startswith('stg_') and node.name.endswith('__' ~ shape) and node.name not in models -%}
                {{ exceptions.raise_compiler_error(
                    node.name ~ " gives the shape " ~ shape ~ ", and vars: feeds: of dbt_project.yml does not list it (below its group), so that nobody would read it. "
                    ~ "Add " ~ shape ~ " to the line of its source."
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
