{#- The words of the catalog, read from the `meta` where they are published, so that a model does not repeat them. -#}

{#- The events of a group of profile_events, as SQL text literals. -#}
{% macro event_group(name) -%}
    {%- set words = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == 'profile_events' -%}
            {%- do words.extend(node.config.meta.event_groups[name]) -%}
        {%- endfor -%}
    {%- endif -%}
    '{{ words | join("', '") }}'
{%- endmacro %}

{#- {trait: data_type} of the columns of `profiles` with meta.trait.history. Personal data has none: the values are kept as they are, unmasked. -#}
{% macro tracked_traits() -%}
    {%- set traits = {} -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == 'profiles' -%}
            {%- for column in node.columns.values() if column.meta.get('trait', {}).get('history') -%}
                {%- if column.meta.get('pii') or column.meta.trait.get('pii') -%}
                    {{ exceptions.raise_compiler_error("The trait `" ~ column.name ~ "` is personal data (pii: true), whose history is not kept: take `history: true` away.") }}
                {%- endif -%}
                {%- do traits.update({column.name: column.data_type}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(traits) }}
{%- endmacro %}
