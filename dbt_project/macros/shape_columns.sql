{#- The shapes that staging gives to the rest of the project: column -> type, in order. Add columns, never change a meaning. -#}
{% macro shape_columns(shape) -%}
    {%- set text, moment, number, flag = dbt.type_string(), 'timestamp', type_double(), 'boolean' -%}
    {%- set shapes = {
        'identifiers': {
            'source': text, 'record_id': text, 'identifier_type': text, 'identifier_value': text, 'observed_at': moment,
            'loaded_at': moment,
        },
        'attributes': {
            'source': text, 'record_id': text, 'field': text, 'value': text, 'observed_at': moment,
        },
        'events': {
            'event_id': text, 'event': text, 'occurred_at': moment, 'source': text, 'record_id': text,
            'order_id': text, 'cart_id': text, 'product_id': text, 'category': text, 'amount': number, 'quantity': number,
            'message_id': text, 'channel': text, 'campaign': text, 'properties': text,
        },
        'consents': {
            'source': text, 'record_id': text, 'identifier_type': text, 'identifier_value': text, 'channel': text,
            'purpose': text, 'status': text, 'occurred_at': moment, 'proof': text,
        },
        'order_lines': {
            'source': text, 'record_id': text, 'order_id': text, 'line_no': 'bigint', 'ordered_at': moment,
            'product_id': text, 'product_name': text, 'category': text, 'quantity': number, 'unit_price': number,
            'amount': number, 'currency': text, 'channel': text, 'line_kind': text,
        },
        'carts': {
            'source': text, 'record_id': text, 'cart_id': text, 'created_at': moment, 'updated_at': moment,
            'status': text, 'total': number, 'items': text,
        },
        'children': {
            'source': text, 'record_id': text, 'child_id': text, 'first_name': text, 'birth_date': 'date', 'observed_at': moment,
        },
        'products': {
            'source': text, 'product_id': text, 'product_name': text, 'category': text, 'brand': text, 'price': number,
            'valid_from': moment, 'valid_to': moment, 'in_stock': flag,
        },
        'points': {
            'source': text, 'record_id': text, 'entry_id': text, 'kind': text, 'points': number, 'occurred_at': moment,
            'expires_at': moment,
        },
    } -%}
    {%- if shape not in shapes -%}
        {{ exceptions.raise_compiler_error("Unknown shape '" ~ shape ~ "'. Shapes: " ~ shapes | join(', ')) }}
    {%- endif -%}
    {{ return(shapes[shape]) }}
{%- endmacro %}
