// The validator would ask another host about this one.
SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  showCommonExtensions: true,
  validatorUrl: null,
});
