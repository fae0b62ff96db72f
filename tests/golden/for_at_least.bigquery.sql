WITH rule_1 AS (
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
        WHEN v.value = 'trial'
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
  p.profile_id,
  CAST('' AS STRING) AS member_key,
  p.plan AS plan
FROM profiles.profiles AS p
WHERE
  p.plan = 'trial'
  AND EXISTS(
    SELECT
      1
    FROM rule_1 AS r
    WHERE
      r.profile_id = p.profile_id
  )
