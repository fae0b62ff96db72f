WITH rule_1 AS (
  SELECT DISTINCT
    e.profile_id
  FROM profiles.profile_event_spans AS e
  WHERE
    e.event = 'order_placed'
    AND e.first_at <= CAST('2026-06-15 04:30:00' AS DATETIME)
), rule_2 AS (
  SELECT
    v.profile_id
  FROM (
    SELECT
      h.profile_id,
      CAST(h.value AS FLOAT64) AS value,
      h.valid_from,
      h.valid_to,
      LEAD(h.valid_from) OVER (PARTITION BY h.profile_id ORDER BY h.valid_from ASC) AS next_from
    FROM profiles.profile_trait_history AS h
    WHERE
      h.trait = 'lifetime_value'
      AND h.valid_from <= CAST('2026-06-15 04:30:00' AS DATETIME)
      AND (
        h.valid_to IS NULL
        OR h.valid_to > CAST('2026-06-15 04:30:00' AS DATETIME) - INTERVAL 7 DAY
      )
  ) AS v
  GROUP BY
    v.profile_id
  HAVING
    MIN(v.valid_from) <= CAST('2026-06-15 04:30:00' AS DATETIME) - INTERVAL 7 DAY
    AND SUM(
      CASE
        WHEN v.value >= 300
        AND (
          v.valid_to IS NULL
          OR v.valid_to > CAST('2026-06-15 04:30:00' AS DATETIME)
          OR v.valid_to = v.next_from
        )
        THEN 0
        ELSE 1
      END
    ) = 0
), rule_3 AS (
  SELECT
    v.profile_id
  FROM (
    SELECT
      h.profile_id,
      h.value AS value,
      h.valid_from,
      h.valid_to,
      LEAD(h.valid_from) OVER (PARTITION BY h.profile_id ORDER BY h.valid_from ASC) AS next_from
    FROM profiles.profile_trait_history AS h
    WHERE
      h.trait = 'plan'
      AND h.valid_from <= CAST('2026-06-15 04:30:00' AS DATETIME)
      AND (
        h.valid_to IS NULL
        OR h.valid_to > CAST('2026-06-15 04:30:00' AS DATETIME) - INTERVAL 3 DAY
      )
  ) AS v
  GROUP BY
    v.profile_id
  HAVING
    MIN(v.valid_from) <= CAST('2026-06-15 04:30:00' AS DATETIME) - INTERVAL 3 DAY
    AND SUM(
      CASE
        WHEN v.value IN ('club', 'gold')
        AND (
          v.valid_to IS NULL
          OR v.valid_to > CAST('2026-06-15 04:30:00' AS DATETIME)
          OR v.valid_to = v.next_from
        )
        THEN 0
        ELSE 1
      END
    ) = 0
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key,
  p.lifetime_value AS lifetime_value
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  (
    p.lifetime_value >= 300
    AND EXISTS(
      SELECT
        1
      FROM rule_2 AS r
      WHERE
        r.profile_id = m.profile_id
    )
  )
  AND NOT COALESCE(
    (
      p.plan IN ('club', 'gold')
      AND EXISTS(
        SELECT
          1
        FROM rule_3 AS r
        WHERE
          r.profile_id = m.profile_id
      )
    ),
    FALSE
  )
