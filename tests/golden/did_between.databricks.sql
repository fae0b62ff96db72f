WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'order_placed'
    AND e.occurred_at >= CAST('2026-02-28 23:00:00' AS TIMESTAMP)
    AND e.occurred_at < CAST('2026-03-31 22:00:00' AS TIMESTAMP)
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
