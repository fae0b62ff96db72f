WITH rule_1 AS (
  SELECT DISTINCT
    q.profile_id
  FROM (
    SELECT
      q.profile_id,
      q.key_product_id,
      q.step,
      q.occurred_at,
      q.not_2,
      MAX(CASE WHEN q.step = 0 THEN q.occurred_at END) OVER (
        PARTITION BY q.profile_id, q.key_product_id
        ORDER BY q.occurred_at ASC, q.step DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS before_at
    FROM (
      SELECT
        q.profile_id,
        q.key_product_id,
        q.step,
        q.occurred_at,
        MIN(CASE WHEN q.step = 2 THEN q.occurred_at END) OVER (
          PARTITION BY q.profile_id
          ORDER BY q.occurred_at DESC, q.step ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS not_2
      FROM (
        SELECT
          e.profile_id,
          e.product_id AS key_product_id,
          0 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'product_viewed'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND NOT e.product_id IS NULL
        UNION ALL
        SELECT
          e.profile_id,
          e.product_id AS key_product_id,
          1 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'product_added_to_cart'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND NOT e.product_id IS NULL
        UNION ALL
        SELECT
          e.profile_id,
          CAST(NULL AS TEXT) AS key_product_id,
          2 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'checkout_started'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      ) AS q
    ) AS q
  ) AS q
  WHERE
    q.step = 1
    AND q.occurred_at <= q.before_at + INTERVAL '1' HOUR
    AND q.occurred_at + INTERVAL '1' HOUR <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND (
      q.not_2 IS NULL OR q.not_2 > q.occurred_at + INTERVAL '1' HOUR
    )
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
