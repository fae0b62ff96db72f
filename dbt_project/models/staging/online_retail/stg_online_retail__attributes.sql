with countries as (
    select record_id, country, max(invoiced_at) as observed_at
    from {{ ref('stg_online_retail__transactions') }}
    where customer_id is not null
    group by 1, 2
)

{{ attributes_from('countries', 'online_retail', {'country': 'country'}) }}
