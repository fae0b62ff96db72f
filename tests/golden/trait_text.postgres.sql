SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key,
  p.city AS city
FROM profiles.profiles AS p
WHERE
  (
    p.city IS NULL OR p.city <> 'Gdynia'
  )
  AND p.city IN ('Kraków', 'O''Fallon')
  AND (
    p.city IS NULL OR NOT p.city IN ('Oslo')
  )
  AND POSITION('ak' IN p.city) > 0
  AND LEFT(p.city, 2) = 'Kr'
  AND RIGHT(p.city, 2) = 'ów'
  AND p.city ~ '^K'
  AND NOT p.city IS NULL
