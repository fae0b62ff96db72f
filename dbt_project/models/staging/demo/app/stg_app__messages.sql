{{ segment_messages(source('app', 'events'), 'app') }}
