{#- Segment's event names (https://segment.com/docs/connections/spec/ecommerce/v2) in the catalog's. -#}
{% macro canonical_events() -%}
    {{ return({
        'product viewed': 'product_viewed',
        'product list viewed': 'category_viewed',
        'products searched': 'product_searched',
        'product added': 'product_added_to_cart',
        'product removed': 'product_removed_from_cart',
        'cart updated': 'cart_updated',
        'cart viewed': 'cart_viewed',
        'checkout started': 'checkout_started',
        'product added to wishlist': 'product_added_to_wishlist',
        'signed up': 'signed_up',
        'signed in': 'logged_in',
        'application opened': 'app_opened',
    }) }}
{%- endmacro %}

{#- A name that is not in the list is kept, spelled like the others: an event that tracking added is seen, not lost. -#}
{% macro canonical_event(event, type) -%}
    case
        when lower({{ type }}) in ('page', 'screen') then 'page_viewed'
        when lower({{ type }}) = 'track' then
            case lower(trim({{ event }}))
                {%- for name, canonical in canonical_events().items() %}
                when '{{ name }}' then '{{ canonical }}'
                {%- endfor %}
                else replace(lower(trim({{ event }})), ' ', '_')
            end
    end
{%- endmacro %}
