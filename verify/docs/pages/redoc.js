// The search would be a worker made of a blob, which the content security policy does not allow.
Redoc.init('openapi.json', {disableSearch: true, nativeScrollbars: true}, document.getElementById('page'));
