SELECT
  p.profile_id,
  CAST('' AS STRING) AS member_key,
  p.city AS city
FROM profiles.profiles AS p
WHERE
  p.city = '\'; drop table profiles.profiles; -- {{ config() }} {% endraw %} {# \\ '
