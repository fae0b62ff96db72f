WITH rule_1 AS (
  SELECT
    r.profile_id,
    r.steps
  FROM (
    SELECT
      q.profile_id,
      q.steps,
      ROW_NUMBER() OVER (PARTITION BY q.profile_id ORDER BY q.steps) AS sql_place
    FROM (
      WITH rule_1_spent AS (
        SELECT
          profile_events.profile_id AS profile_id,
          SUM(profile_events.amount) AS total
        FROM profiles.profile_events AS profile_events
        WHERE
          profile_events.event = 'order_placed'
          AND profile_events.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
        GROUP BY
          profile_events.profile_id
      )
      SELECT
        spent.profile_id AS profile_id,
        CAST(FLOOR(spent.total / 160) AS INT) AS steps
      FROM rule_1_spent AS spent
      WHERE
        CAST(FLOOR(spent.total / 160) AS INT) IN (1, 2)
        AND ROUND(spent.total / 24) IN (13, 18)
        AND ROUND(spent.total / 7, 1) > 42.8
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
), rule_2 AS (
  SELECT DISTINCT
    q.profile_id
  FROM (
    WITH rule_2_spent AS (
      SELECT
        profile_events.profile_id AS profile_id
      FROM profiles.profile_events AS profile_events
      WHERE
        profile_events.event = 'order_placed'
        AND DATE_PART(MONTH, profile_events.occurred_at) = 3
        AND profile_events.occurred_at <= CAST('2026-06-15 04:30:00' AS TIMESTAMP)
    )
    SELECT
      spent.profile_id AS profile_id
    FROM rule_2_spent AS spent
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
)
SELECT
  m.profile_id,
  CAST('' AS VARCHAR) AS member_key,
  m.steps AS steps
FROM rule_1 AS m
WHERE
  EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
