{{ segment_events(ref('stg_web__messages'), 'web') }}
