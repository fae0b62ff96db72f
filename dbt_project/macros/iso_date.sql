{#- ISO text of a date that was typed as 2021-3-4, 2021/03/04 (year first) or 4.03.2021 (day first); separators are '.', '-' or '/'. -#}
{% macro iso_date(year_first, day_first) -%}
    {%- set separated = "replace(replace(coalesce(" ~ year_first ~ ", " ~ day_first ~ "), '.', '-'), '/', '-')" -%}
    case
        when {{ year_first }} is not null
            then split_part({{ separated }}, '-', 1)
                || '-' || lpad(split_part({{ separated }}, '-', 2), 2, '0')
                || '-' || lpad(split_part({{ separated }}, '-', 3), 2, '0')
        when {{ day_first }} is not null
            then split_part({{ separated }}, '-', 3)
                || '-' || lpad(split_part({{ separated }}, '-', 2), 2, '0')
                || '-' || lpad(split_part({{ separated }}, '-', 1), 2, '0')
    end
{%- endmacro %}
