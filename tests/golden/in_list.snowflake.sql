WITH rule_1 AS (
  SELECT DISTINCT
    i.profile_id
  FROM reference.list_fair_guests AS l
  INNER JOIN identity.identity_map AS i
    ON i.node_type = l.identifier_type
    AND i.node_value = CASE
      WHEN l.identifier_type = 'email'
      THEN LOWER(TRIM(CAST(l.identifier AS VARCHAR)))
      ELSE TRIM(CAST(l.identifier AS VARCHAR))
    END
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key
FROM rule_1 AS m
