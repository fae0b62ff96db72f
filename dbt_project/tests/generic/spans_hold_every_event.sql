{#- What is grouped is neither lost nor counted twice. The events are named without ref, for dbt runs a test of two models also when only one
    of them is built; that they are there is the model's business. -#}
{% test spans_hold_every_event(model, events) %}
select
    counted.in_spans,
    counted.in_events
from (
    select
        (select coalesce(sum(spans.events), 0) from {{ model }} as spans) as in_spans,
        (select count(*) from {{ model.incorporate(path={'identifier': events}) }}) as in_events
) as counted
where counted.in_spans <> counted.in_events
{% endtest %}
