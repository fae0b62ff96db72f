{#- A text's node id: 63 bits of its md5 as a bigint, the same on every engine, so that a project that moves keeps its ids:
    int.from_bytes(md5(text.encode()).digest(), "little") >> 65, the last eight bytes with the last byte first.
    Those are the bytes that cost DuckDB a shift and nothing else; the other engines turn them round (a modulo would be 14 times slower than the shift).
    For select lists: on Postgres it is a scalar sub-select, which no hash join can use. -#}
{% macro id_hash(expression) -%}
    {{ return(adapter.dispatch('id_hash', 'heddle')(expression)) }}
{%- endmacro %}

{% macro duckdb__id_hash(expression) -%}
    cast(md5_number({{ expression }}) >> 65 as bigint)
{%- endmacro %}

{#- `offset 0` keeps the planner from writing md5 eight times. -#}
{% macro postgres__id_hash(expression) -%}
    (
        select
            {%- for byte in range(7, 0, -1) %} (cast(get_byte(tail, {{ byte }}) as bigint) << {{ 8 * byte - 1 }}) |{% endfor %} (get_byte(tail, 0) >> 1)
        from (select decode(substr(md5({{ expression }}), 17), 'hex') as tail offset 0) as digest
    )
{%- endmacro %}

{% macro spark__id_hash(expression) -%}
    {%- set bytes = [] -%}
    {%- for place in range(31, 16, -2) -%}
        {%- do bytes.append('substr(md5(' ~ expression ~ '), ' ~ place ~ ', 2)') -%}
    {%- endfor -%}
    shiftrightunsigned(cast(conv(concat({{ bytes | join(', ') }}), 16, -10) as bigint), 1)
{%- endmacro %}

{#- Letters stand for the digits of the last eight bytes: translate() puts each digit where its letter is. -#}
{% macro snowflake__id_hash(expression) -%}
    cast(trunc(to_number(translate('opmnklijghefcdab', 'abcdefghijklmnop', substr(md5({{ expression }}), 17)), 'xxxxxxxxxxxxxxxx') / 2) as number(19, 0))
{%- endmacro %}

{#- In two halves: sixteen digits may not fit into a signed number. -#}
{% macro bigquery__id_hash(expression) -%}
    {%- set digits = 'to_hex(reverse(md5(' ~ expression ~ ')))' -%}
    ((cast(concat('0x', substr({{ digits }}, 1, 8)) as int64) << 31) | (cast(concat('0x', substr({{ digits }}, 9, 8)) as int64) >> 1))
{%- endmacro %}
