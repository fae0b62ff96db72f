WITH rule_1 AS (
  SELECT DISTINCT
    q.profile_id,
    CAST(q.key_cart_id AS STRING) AS member_key
  FROM (
    SELECT
      q.profile_id,
      q.key_cart_id,
      q.step,
      q.occurred_at,
      MAX(CASE WHEN q.step = 0 THEN q.occurred_at END) OVER (
        PARTITION BY q.profile_id, q.key_cart_id
        ORDER BY q.occurred_at ASC, q.step DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS before_at
    FROM (
      SELECT
        e.profile_id,
        e.cart_id AS key_cart_id,
        0 AS step,
        e.occurred_at
      FROM profiles.profile_events AS e
      WHERE
        e.event = 'product_added_to_cart'
        AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
        AND NOT e.cart_id IS NULL
      UNION ALL
      SELECT
        e.profile_id,
        e.cart_id AS key_cart_id,
        1 AS step,
        e.occurred_at
      FROM profiles.profile_events AS e
      WHERE
        e.event = 'checkout_started'
        AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
        AND NOT e.cart_id IS NULL
    ) AS q
  ) AS q
  WHERE
    q.step = 1 AND NOT q.before_at IS NULL
)
SELECT
  m.profile_id,
  m.member_key,
  m.member_key AS cart_id
FROM rule_1 AS m
