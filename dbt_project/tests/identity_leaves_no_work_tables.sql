-- The connected components macro drops what it made.
{{ config(group='identity') }}
-- depends_on: {{ ref('identity_components') }}
select table_name
from information_schema.tables
where table_name like 'heddle!_cc!_%' escape '!'
