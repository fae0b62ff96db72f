WITH rule_1 AS (
  SELECT DISTINCT
    v.profile_id,
    v.member_key
  FROM (
    SELECT
      e.profile_id,
      CAST(e.cart_id AS VARCHAR) AS member_key,
      e.amount,
      e.occurred_at,
      MAX(e.occurred_at) OVER (PARTITION BY e.profile_id, e.cart_id) AS last_at
    FROM profiles.profile_events AS e
    WHERE
      e.event = 'cart_updated'
      AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1 DAY'
      AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      AND NOT e.cart_id IS NULL
  ) AS v
  WHERE
    v.occurred_at = v.last_at AND v.amount BETWEEN 60 AND 79
)
SELECT
  m.profile_id,
  m.member_key,
  m.member_key AS cart_id
FROM rule_1 AS m
