{{ segment_identifiers(ref('stg_app__messages'), 'app') }}
