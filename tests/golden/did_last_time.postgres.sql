WITH rule_1 AS (
  SELECT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'cart_updated'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '24 HOUR'
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
  GROUP BY
    e.profile_id
  HAVING
    MAX(e.occurred_at) > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '24 HOUR'
    AND MAX(e.occurred_at) <= CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1 HOUR'
), rule_2 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
