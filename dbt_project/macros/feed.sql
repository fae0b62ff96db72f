{#- All rows of one shape, from every enabled source that gives it (var `feeds`): a select to be used in a CTE.
    A typed, empty select when no enabled source gives the shape. -#}
{% macro feed(shape) -%}
    {%- set columns = shape_columns(shape) -%}
    {%- set models = feed_models(shape) -%}
    {%- for model in models %}
    select
        {{ columns | join(',\n        ') }}
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
    {{ return(models) }}
{%- endmacro %}
