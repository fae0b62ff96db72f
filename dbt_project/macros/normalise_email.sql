{#- An e-mail address trimmed and in lower case; null when it is not an address (RFC 5321 dot-atom, ASCII, at most 254 characters).
    A leading 'mailto:' goes. Whether a mailbox may identify a person is decided in identity (its block list), not here. -#}
{% macro normalise_email(expression) -%}
    {%- set address -%}
        {{ without('lower(trim(cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')))', '^mailto:') }}
    {%- endset -%}
    case when {{ matches(address, email_pattern()) }} and length({{ address }}) <= 254 then {{ address }} end
{%- endmacro %}

{% macro email_pattern() -%}
    {%- set atom = '[a-z0-9!#$%&*+/=?^_`{|}~-]+' -%}
    {%- set label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?' -%}
    {{ return('^' ~ atom ~ '([.]' ~ atom ~ ')*@(' ~ label ~ '[.])+[a-z][a-z0-9-]*[a-z]$') }}
{%- endmacro %}
