WITH rule_1 AS (
  SELECT
    e.profile_id
  FROM (
    SELECT
      s.profile_id,
      s.first_at,
      s.last_at,
      s.events
    FROM profiles.profile_event_spans AS s
    WHERE
      s.event IN ('product_viewed', 'cart_updated', 'order_placed')
      AND s.last_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    UNION ALL
    SELECT
      e.profile_id,
      e.occurred_at AS first_at,
      e.occurred_at AS last_at,
      1 AS events
    FROM profiles.profile_events AS e
    WHERE
      e.event IN ('product_viewed', 'cart_updated', 'order_placed')
      AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      AND EXISTS(
        SELECT
          1
        FROM profiles.profile_event_spans AS s
        WHERE
          s.event IN ('product_viewed', 'cart_updated', 'order_placed')
          AND s.last_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND s.profile_id = e.profile_id
          AND s.event = e.event
      )
  ) AS e
  GROUP BY
    e.profile_id
  HAVING
    MAX(e.last_at) <= CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1 DAY'
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key
FROM rule_1 AS m
