WITH rule_1 AS (
  SELECT DISTINCT
    q.profile_id
  FROM (
    SELECT
      q.profile_id,
      q.step,
      q.occurred_at,
      q.not_3,
      MAX(CASE WHEN q.step = 0 THEN q.occurred_at END) OVER (
        PARTITION BY q.profile_id
        ORDER BY q.occurred_at ASC, q.step DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS before_at,
      MAX(CASE WHEN q.step = 1 THEN q.occurred_at END) OVER (
        PARTITION BY q.profile_id
        ORDER BY q.occurred_at ASC, q.step DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS broke_1
    FROM (
      SELECT
        q.profile_id,
        q.step,
        q.occurred_at,
        MIN(CASE WHEN q.step = 3 THEN q.occurred_at END) OVER (
          PARTITION BY q.profile_id
          ORDER BY q.occurred_at DESC, q.step ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS not_3
      FROM (
        SELECT
          e.profile_id,
          0 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'product_viewed'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND e.category = 'toys'
        UNION ALL
        SELECT
          e.profile_id,
          1 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'checkout_started'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          e.profile_id,
          2 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'product_added_to_cart'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          e.profile_id,
          3 AS step,
          e.occurred_at
        FROM profiles.profile_events AS e
        WHERE
          e.event = 'order_placed'
          AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
          AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND e.channel = 'app'
      ) AS q
    ) AS q
  ) AS q
  WHERE
    q.step = 2
    AND q.occurred_at <= q.before_at + INTERVAL '1' DAY
    AND (
      q.broke_1 IS NULL OR q.broke_1 <= q.before_at
    )
    AND q.not_3 IS NULL
), rule_2 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'product_added_to_cart'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1' HOUR
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key,
  p.is_employee AS is_employee,
  p.plan AS plan
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  p.is_employee = FALSE
  AND p.plan IN ('trial', 'club')
  AND NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
