WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
), rule_2 AS (
  SELECT DISTINCT
    i.profile_id
  FROM reference.list_fair_guests AS l
  INNER JOIN identity.identity_map AS i
    ON i.node_type = l.identifier_type
    AND i.node_value = CASE
      WHEN l.identifier_type = 'email'
      THEN LOWER(TRIM(CAST(l.identifier AS STRING)))
      ELSE TRIM(CAST(l.identifier AS STRING))
    END
), rule_3 AS (
  SELECT
    r.profile_id
  FROM profiles.profile_reachability AS r
  WHERE
    r.channel = 'email' AND r.purpose = 'marketing' AND r.is_reachable
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  (
    EXISTS(
      SELECT
        1
      FROM rule_2 AS r
      WHERE
        r.profile_id = m.profile_id
    )
    OR p.plan = 'none'
  )
  AND NOT COALESCE(
    (
      EXISTS(
        SELECT
          1
        FROM rule_3 AS r
        WHERE
          r.profile_id = m.profile_id
      )
    ),
    FALSE
  )
