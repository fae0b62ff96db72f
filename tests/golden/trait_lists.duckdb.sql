SELECT
  p.profile_id,
  CAST('' AS TEXT) AS member_key
FROM profiles.profiles AS p
WHERE
  (
    ARRAY_CONTAINS(p.interests, 'toys')
  )
  AND (
    ARRAY_CONTAINS(p.interests, 'toys') AND ARRAY_CONTAINS(p.interests, 'books')
  )
  AND ARRAY_LENGTH(p.interests) >= 2
