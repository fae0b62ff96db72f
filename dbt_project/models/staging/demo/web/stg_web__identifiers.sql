{{ segment_identifiers(ref('stg_web__messages'), 'web') }}
