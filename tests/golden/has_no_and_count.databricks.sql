WITH rule_1 AS (
  SELECT DISTINCT
    r.profile_id
  FROM profiles.profile_children AS r
), rule_2 AS (
  SELECT
    r.profile_id
  FROM profiles.profile_children AS r
  GROUP BY
    r.profile_id
  HAVING
    COUNT(*) >= 2
)
SELECT
  m.profile_id,
  CAST('' AS STRING) AS member_key
FROM rule_1 AS m
INNER JOIN profiles.profiles AS p
  ON p.profile_id = m.profile_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM rule_2 AS r
    WHERE
      r.profile_id = m.profile_id
  )
