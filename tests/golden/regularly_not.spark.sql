WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'store_visited'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '1' YEAR
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
), rule_2 AS (
  SELECT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'store_visited'
    AND e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '28' DAY
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    AND e.channel = 'north'
  GROUP BY
    e.profile_id
  HAVING
    COUNT(
      DISTINCT CASE
        WHEN e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '7' DAY
        THEN 1
        WHEN e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '14' DAY
        THEN 2
        WHEN e.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '21' DAY
        THEN 3
        ELSE 4
      END
    ) >= 2
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
