{#- The record of an address that comes without a person: a digest, so that no record id holds personal data. -#}
{% macro address_record(address, channel) -%}
    case
        when {{ address }} is null then null
        when {{ channel }} in ('sms', 'phone') then 't:' || {{ dbt.hash(address) }}
        else 'e:' || {{ dbt.hash(address) }}
    end
{%- endmacro %}
