{{ segment_messages(source('web', 'events'), 'web') }}
