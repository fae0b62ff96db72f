{{ segment_attributes(ref('stg_app__messages'), 'app') }}
