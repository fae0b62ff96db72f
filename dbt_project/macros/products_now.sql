{#- One row per product as it is at the instant of the run, and when it came back into stock: a select to be used in a CTE.
    Sources that name a product alike mean one. `in_stock` is null where no source says it. -#}
{% macro products_now() -%}
    select
        product_id,
        max(case when is_current then product_name end) as product_name,
        max(case when is_current then category end) as category,
        max(case when is_current then price end) as price,
        max(case when is_current and in_stock then 1 when is_current and not in_stock then 0 end) = 1 as in_stock,
        case
            when max(case when is_current and in_stock then 1 else 0 end) = 1
                then max(case when not in_stock and valid_to <= {{ as_of() }} then valid_to end)
        end as back_at
    from {{ ref('products') }}
    group by 1
{%- endmacro %}
