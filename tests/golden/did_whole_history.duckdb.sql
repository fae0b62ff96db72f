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
      s.event = 'order_placed'
      AND s.last_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    UNION ALL
    SELECT
      e.profile_id,
      e.occurred_at AS first_at,
      e.occurred_at AS last_at,
      1 AS events
    FROM profiles.profile_events AS e
    WHERE
      e.event = 'order_placed'
      AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      AND EXISTS(
        SELECT
          1
        FROM profiles.profile_event_spans AS s
        WHERE
          s.event = 'order_placed'
          AND s.last_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND s.profile_id = e.profile_id
          AND s.event = e.event
      )
  ) AS e
  GROUP BY
    e.profile_id
  HAVING
    SUM(e.events) <= 1
    AND MAX(e.last_at) <= CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '300' DAY
), rule_2 AS (
  SELECT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'cart_updated'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
  GROUP BY
    e.profile_id
  HAVING
    MIN(e.first_at) > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1' HOUR
), rule_3 AS (
  SELECT DISTINCT
    e.profile_id
  FROM (
    SELECT
      s.profile_id,
      s.first_at,
      s.last_at,
      s.events
    FROM profiles.profile_event_spans AS s
    WHERE
      s.event = 'order_placed'
      AND s.last_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    UNION ALL
    SELECT
      e.profile_id,
      e.occurred_at AS first_at,
      e.occurred_at AS last_at,
      1 AS events
    FROM profiles.profile_events AS e
    WHERE
      e.event = 'order_placed'
      AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      AND EXISTS(
        SELECT
          1
        FROM profiles.profile_event_spans AS s
        WHERE
          s.event = 'order_placed'
          AND s.last_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND s.profile_id = e.profile_id
          AND s.event = e.event
      )
  ) AS e
  INNER JOIN (
    SELECT
      a.profile_id,
      MAX(a.last_at) AS last_at
    FROM (
      SELECT
        s.profile_id,
        s.first_at,
        s.last_at,
        s.events
      FROM profiles.profile_event_spans AS s
      WHERE
        s.event = 'cart_updated'
        AND s.last_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      UNION ALL
      SELECT
        e.profile_id,
        e.occurred_at AS first_at,
        e.occurred_at AS last_at,
        1 AS events
      FROM profiles.profile_events AS e
      WHERE
        e.event = 'cart_updated'
        AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
        AND EXISTS(
          SELECT
            1
          FROM profiles.profile_event_spans AS s
          WHERE
            s.event = 'cart_updated'
            AND s.last_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP)
            AND s.profile_id = e.profile_id
            AND s.event = e.event
        )
    ) AS a
    GROUP BY
      a.profile_id
  ) AS s
    ON s.profile_id = e.profile_id
  WHERE
    e.last_at > s.last_at
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
WHERE
  EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM rule_3 AS r
    WHERE
      r.profile_id = m.profile_id
  )
