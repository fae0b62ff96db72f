SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    ARRAY_CONTAINS(p.interests, 'toys')
  )
  AND (
    ARRAY_CONTAINS(p.interests, 'toys') AND ARRAY_CONTAINS(p.interests, 'books')
  )
  AND SIZE(p.interests) >= 2
