SELECT
  p.profile_id,
  CAST('' AS VARCHAR) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    ARRAY_CONTAINS(CAST('toys' AS VARIANT), p.interests)
  )
  AND (
    ARRAY_CONTAINS(CAST('toys' AS VARIANT), p.interests)
    AND ARRAY_CONTAINS(CAST('books' AS VARIANT), p.interests)
  )
  AND ARRAY_SIZE(p.interests) >= 2
