{{ segment_events(ref('stg_app__messages'), 'app') }}
