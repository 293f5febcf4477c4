SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#page',
    deepLinking: true,
    // Not even the address of this description is told to anyone.
    validatorUrl: 'none',
});
