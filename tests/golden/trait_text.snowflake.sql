SELECT
  p.profile_id,
  CAST('' AS VARCHAR) AS member_key,
  p.city AS city
FROM profiles.profiles AS p
WHERE
  (
    p.city IS NULL OR p.city <> 'Gdynia'
  )
  AND p.city IN ('Kraków', 'O\'Fallon')
  AND (
    p.city IS NULL OR NOT p.city IN ('Oslo')
  )
  AND CHARINDEX('ak', p.city) > 0
  AND LEFT(p.city, 2) = 'Kr'
  AND RIGHT(p.city, 2) = 'ów'
  AND REGEXP_INSTR(p.city, '^K') > 0
  AND NOT p.city IS NULL
