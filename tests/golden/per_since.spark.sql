WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id,
    CAST(e.cart_id AS STRING) AS member_key
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'cart_updated'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '24' HOUR
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND NOT e.cart_id IS NULL
), rule_2 AS (
  SELECT DISTINCT
    e.profile_id,
    CAST(e.cart_id AS STRING) AS member_key
  FROM profiles.profile_events AS e
  INNER JOIN (
    SELECT
      a.profile_id,
      a.cart_id,
      MAX(a.occurred_at) AS last_at
    FROM profiles.profile_events AS a
    WHERE
      a.event = 'cart_updated'
      AND a.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '24' HOUR
      AND a.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    GROUP BY
      a.profile_id,
      a.cart_id
  ) AS s
    ON s.profile_id = e.profile_id AND s.cart_id = e.cart_id
  WHERE
    e.event = 'order_placed'
    AND e.occurred_at > s.last_at
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '24' HOUR
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND NOT e.cart_id IS NULL
)
SELECT
  m.profile_id,
  m.member_key,
  m.member_key AS cart_id
FROM rule_1 AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id AND r.member_key = m.member_key
  )
