WITH rule_1 AS (
  SELECT DISTINCT
    v.profile_id
  FROM (
    SELECT
      e.profile_id,
      e.amount,
      e.channel,
      e.occurred_at,
      MAX(e.occurred_at) OVER (PARTITION BY e.profile_id) AS last_at
    FROM profiles.profile_events AS e
    WHERE
      e.event = 'store_visited'
      AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
  ) AS v
  WHERE
    v.occurred_at = v.last_at AND v.channel = 'south' AND v.amount >= 10
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key
FROM rule_1 AS m
