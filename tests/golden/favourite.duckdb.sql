WITH rule_1 AS (
  SELECT DISTINCT
    v.profile_id
  FROM (
    SELECT
      e.profile_id,
      e.channel AS favourite,
      RANK() OVER (PARTITION BY e.profile_id ORDER BY COUNT(*) DESC, MAX(e.occurred_at) DESC) AS place
    FROM profiles.profile_events AS e
    WHERE
      (
        e.event = 'store_visited'
        AND e.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
      )
      AND NOT e.channel IS NULL
    GROUP BY
      e.profile_id,
      e.channel
  ) AS v
  WHERE
    v.place = 1 AND v.favourite = 'south'
)
SELECT
  m.profile_id,
  CAST('' AS TEXT) AS member_key
FROM rule_1 AS m
