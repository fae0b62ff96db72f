{#- What the seed golden_rules uses, as `strategy` and `strategy:value_type`: the model holds nothing for the rest, every key that it does not sort
    by is time saved. A rule that says nothing sensible stops the model here, before it makes half a golden record.
    Without a warehouse to ask (parse, compile, tests): everything. -#}
{% macro golden_strategies() -%}
    {%- set known = ['source_priority', 'most_recent', 'most_frequent', 'first', 'verified_first', 'min', 'max', 'collect'] -%}
    {%- set used, fields = [], [] -%}
    {%- if not execute or flags.WHICH not in ('run', 'build') -%}
        {%- set everything = known + ['min:text', 'max:text'] -%}
        {{ return(everything) }}
    {%- endif -%}
    {%- for rule in run_query('select field, strategy, value_type from ' ~ ref('golden_rules') ~ ' order by field').rows -%}
        {%- do golden_rule_fault(rule['field'], rule['strategy'], known, 'strategy') if rule['strategy'] not in known -%}
        {%- do golden_rule_fault(rule['field'], rule['value_type'], golden_value_types(), 'value_type')
            if rule['value_type'] and rule['value_type'] not in golden_value_types() -%}
        {%- do golden_rule_fault(rule['field'], 'a second rule', ['one row per field'], 'rule') if rule['field'] in fields -%}
        {%- do fields.append(rule['field']) -%}
        {%- do used.extend([rule['strategy'], rule['strategy'] ~ ':' ~ (rule['value_type'] or 'text')]) -%}
    {%- endfor -%}
    {{ return(used | unique | list) }}
{%- endmacro %}

{% macro golden_value_types() -%}
    {{ return(['text', 'number', 'date', 'boolean']) }}
{%- endmacro %}

{% macro golden_rule_fault(field, found, known, what) -%}
    {{ exceptions.raise_compiler_error(
        "seeds/golden_rules.csv: field '" ~ field ~ "' has the " ~ what ~ " '" ~ found ~ "'. Known: " ~ known | join(', ')
        ~ ". Correct the row, then run `dbt seed --select golden_rules` or `heddle run`."
    ) }}
{%- endmacro %}

{#- A condition that holds when a rule asks for the strategy. Where none does, engines see that nothing can come and read nothing. -#}
{% macro is_asked_for(strategy, used) -%}
    {{ '1 = 1' if strategy in used else '1 = 0' }}
{%- endmacro %}

{#- What a strategy ranks a candidate by before time, the greater the better; null where time alone decides. -#}
{% macro golden_score(used) -%}
    {%- set typed = typed_value('value', 'value_type') -%}
    {%- set scores = {
        'source_priority': '-coalesce(place, 1000000)',
        'verified_first': 'case when is_verified then 1 else 0 end',
        'most_frequent': 'observations',
        'min': '-(' ~ typed ~ ')',
        'max': typed,
    } -%}
    case strategy
            when 'most_recent' then cast(null as {{ type_double() }})
            {%- for strategy, score in scores.items() if strategy in used %}
            when '{{ strategy }}' then cast({{ score }} as {{ type_double() }})
            {%- endfor %}
        end
{%- endmacro %}

{#- The keys that put the surviving value first. The last three decide every tie: nothing is left to the order of a scan. -#}
{% macro golden_order(used) -%}
    {%- if 'min:text' in used -%}
    case when strategy = 'min' and value_type = 'text' then {{ byte_order('value') }} end nulls last,
    {%- endif %}
    {%- if 'max:text' in used %}
                case when strategy = 'max' and value_type = 'text' then {{ byte_order('value') }} end desc nulls last,
    {%- endif %}
    {%- if 'first' in used %}
                case when strategy = 'first' then observed_at end nulls last,
    {%- endif %}
                observed_at desc nulls last, {{ byte_order('source') }}, {{ byte_order('value') }}
{%- endmacro %}

{#- A text as a number that sorts like what it means: number, date (days) or boolean; null for text, and for what does not read as its type.
    No number has an `n` in it, but nan and infinity do, and they would win every maximum. -#}
{% macro typed_value(value, value_type) -%}
    case {{ value_type }}
            when 'number' then case when lower({{ value }}) not like '%n%' then {{ try_cast(value, type_double()) }} end
            when 'date' then {{ dbt.datediff("cast('1970-01-01' as date)", try_cast('substring(' ~ value ~ ', 1, 10)', 'date'), 'day') }}
            when 'boolean'
                then case when lower({{ value }}) in ('true', 't', 'yes', '1') then 1 when lower({{ value }}) in ('false', 'f', 'no', '0') then 0 end
        end
{%- endmacro %}

{#- A text in the order of its bytes, the same on every engine whatever its locale. -#}
{% macro byte_order(expression) -%}
    {{ return(adapter.dispatch('byte_order', 'heddle')(expression)) }}
{%- endmacro %}

{% macro default__byte_order(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro postgres__byte_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}

{#- Every source that a feed knows, of the enabled groups and of the others. -#}
{% macro known_sources() -%}
    {%- set known = [] -%}
    {%- for sources in var('feeds').values() -%}
        {%- do known.extend(sources) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro %}

{#- On identity_identifiers: an address that a person may be written to. A role mailbox or one shared by a family links nobody, but it exists. -#}
{% macro is_usable_address() -%}
    (coalesce(withheld_by, '') <> 'block_list' or withheld_reason = 'role_mailbox')
{%- endmacro %}
