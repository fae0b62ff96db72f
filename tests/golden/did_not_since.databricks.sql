WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  WHERE
    e.event = 'trial_activated'
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
), rule_2 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_events AS e
  INNER JOIN (
    SELECT
      a.profile_id,
      MAX(a.occurred_at) AS last_at
    FROM profiles.profile_events AS a
    WHERE
      a.event = 'trial_activated'
      AND a.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    GROUP BY
      a.profile_id
  ) AS s
    ON s.profile_id = e.profile_id
  WHERE
    e.event = 'feature_used'
    AND e.occurred_at > s.last_at
    AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
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
