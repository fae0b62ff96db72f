WITH rule_1 AS (
  SELECT
    r.profile_id,
    CAST(r.child_id AS STRING) AS member_key,
    MAX(r.shoe_size) AS shoe_size
  FROM profiles.profile_children AS r
  WHERE
    (
      r.birth_date < CAST(CAST('2026-06-15' AS DATE) + INTERVAL 3 DAY AS DATE)
      AND (
        (
          EXTRACT(MONTH FROM r.birth_date) = EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 3 DAY AS DATE))
          AND EXTRACT(DAY FROM r.birth_date) = EXTRACT(DAY FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 3 DAY AS DATE))
        )
        OR (
          EXTRACT(MONTH FROM r.birth_date) = 2
          AND EXTRACT(DAY FROM r.birth_date) = 29
          AND EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 3 DAY AS DATE)) = 2
          AND EXTRACT(DAY FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 3 DAY AS DATE)) = 28
          AND EXTRACT(MONTH FROM CAST(CAST('2026-06-15' AS DATE) + INTERVAL 4 DAY AS DATE)) = 3
        )
      )
    )
    AND r.shoe_size < 30
    AND NOT r.child_id IS NULL
  GROUP BY
    r.profile_id,
    r.child_id
)
SELECT
  m.profile_id,
  m.member_key,
  m.member_key AS child_id,
  m.shoe_size AS shoe_size
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
