SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    EXISTS(
      SELECT
        1
      FROM UNNEST(p.interests) AS _col
      WHERE
        _col = 'toys'
    )
  )
  AND (
    EXISTS(
      SELECT
        1
      FROM UNNEST(p.interests) AS _col
      WHERE
        _col = 'toys'
    )
    AND EXISTS(
      SELECT
        1
      FROM UNNEST(p.interests) AS _col
      WHERE
        _col = 'books'
    )
  )
  AND ARRAY_LENGTH(p.interests) >= 2
