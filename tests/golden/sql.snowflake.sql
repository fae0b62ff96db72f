WITH rule_1 AS (
  SELECT
    r.profile_id,
    r.plan,
    r.average
  FROM (
    SELECT
      q.profile_id,
      q.plan,
      q.average,
      ROW_NUMBER() OVER (PARTITION BY q.profile_id ORDER BY q.plan, q.average) AS sql_place
    FROM (
      WITH rule_1_spent AS (
        SELECT
          profile_events.profile_id AS profile_id,
          SUM(profile_events.amount) AS total,
          COUNT(*) AS orders
        FROM profiles.profile_events AS profile_events
        WHERE
          profile_events.event = 'order_placed'
          AND profile_events.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
          AND profile_events.occurred_at > CAST('2026-06-15 04:30:00' AS TIMESTAMP) - INTERVAL '3 YEAR'
        GROUP BY
          profile_events.profile_id
      )
      SELECT
        p.profile_id AS profile_id,
        p.plan AS plan,
        s.total / s.orders AS average
      FROM profiles.profiles AS p
      JOIN rule_1_spent AS s
        ON s.profile_id = p.profile_id
      WHERE
        s.total / 7 > 42.8
        AND LOWER(p.country) IN ('pl', 'us')
        AND NOT p.first_name IS NULL
    ) AS q
    WHERE
      NOT q.profile_id IS NULL
      AND EXISTS(
        SELECT
          1
        FROM profiles.profiles AS p
        WHERE
          p.profile_id = q.profile_id
      )
  ) AS r
  WHERE
    r.sql_place = 1
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key,
  m.plan AS plan,
  m.average AS average
FROM rule_1 AS m
