#pragma once

#include "common/http/server.hpp"

#include <string_view>

namespace otp {

// GET /openapi.json: docs/openapi.yaml as JSON.
http::server_answer openapi_document();

// GET /docs: swagger-ui, and GET /redoc. All that they load comes from this server. Where a viewer
// was not built in, the page says so and how to mend it.
http::server_answer swagger_page();
http::server_answer redoc_page();

// GET /docs/{asset}: scripts and style sheets of both; 404 for any other name.
http::server_answer docs_asset(std::string_view name);

}  // namespace otp
