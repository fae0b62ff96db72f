WITH rule_1 AS (
  SELECT DISTINCT
    i.profile_id
  FROM reference.list_fair_guests AS l
  INNER JOIN identity.identity_map AS i
    ON i.node_type = l.identifier_type
    AND i.node_value = CASE
      WHEN l.identifier_type = 'email'
      THEN LOWER(TRIM(CAST(l.identifier AS TEXT)))
      ELSE TRIM(CAST(l.identifier AS TEXT))
    END
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
