WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'order_placed'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '91 DAY'
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND e.channel IN ('web', 'app')
    AND e.amount > 100
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key
FROM rule_1 AS m
