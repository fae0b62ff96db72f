WITH rule_1 AS (
  SELECT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'order_placed'
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
  GROUP BY
    e.profile_id
  HAVING
    COUNT(*) >= 3
    AND SUM(e.amount) >= 420
    AND AVG(e.amount) BETWEEN 130 AND 150
    AND MIN(e.amount) = 100
    AND MAX(e.amount) < 201
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
