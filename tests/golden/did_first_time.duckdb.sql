WITH rule_1 AS (
  SELECT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'product_viewed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
  GROUP BY
    e.profile_id
  HAVING
    MIN(e.first_at) > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '30' DAY
    AND MIN(e.first_at) <= CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1' DAY
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
