{{ segment_attributes(ref('stg_web__messages'), 'web') }}
