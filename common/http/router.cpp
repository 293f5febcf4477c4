#include "common/core/percent.hpp"
#include "common/http/server.hpp"

#include <algorithm>

namespace otp::http {

struct router::route {
    struct segment {
        std::string text;  // the literal, or the name of the capture
        bool is_capture = false;
    };

    std::string method;
    std::string pattern;
    std::vector<segment> segments;
    handler answer;
    std::optional<std::size_t> most_body_bytes;
};

namespace {

// Calls visit(segment) for each part between slashes until one gives false; the part before the
// first slash is not one.
template <class Visitor>
bool each_segment(std::string_view path, Visitor visit) {
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        if (!visit(path.substr(0, end)))
            return false;
        path.remove_prefix(end);
    }
    return true;
}

// Decodes in place of the view where there is anything to decode.
bool decoded(std::string_view& segment, std::string& space) {
    if (segment.find('%') == std::string_view::npos)
        return true;
    auto text = percent_decoded(segment);
    if (!text)
        return false;
    space = std::move(*text);
    segment = space;
    return true;
}

template <class Segments, class Captures>
bool matches(const Segments& segments, std::string_view path, Captures& captures) {
    std::size_t at = 0;
    const bool all = each_segment(path, [&](std::string_view text) {
        std::string space;
        if (at == segments.size() || !decoded(text, space))
            return false;
        const auto& expected = segments[at++];
        if (!expected.is_capture)
            return text == expected.text;
        return !text.empty() && captures.emplace(expected.text, text).second;
    });
    return all && at == segments.size();
}

}  // namespace

std::string_view server_request::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name)
            return value;
    }
    return {};
}

std::string_view server_request::only_header(std::string_view name) const {
    const auto count =
        std::ranges::count_if(headers, [name](const auto& field) { return field.first == name; });
    return count == 1 ? header(name) : std::string_view();
}

router& router::on(
    std::string method,
    std::string pattern,
    handler answer,
    std::optional<std::size_t> most_body_bytes
) {
    if (!pattern.starts_with('/'))
        throw std::invalid_argument("the route '" + pattern + "' does not begin with '/'");
    auto added = std::make_shared<route>();
    added->method = std::move(method);
    added->pattern = pattern;
    added->answer = std::move(answer);
    added->most_body_bytes = most_body_bytes;
    each_segment(pattern, [&](std::string_view text) {
        const bool is_capture = text.size() > 2 && text.front() == '{' && text.back() == '}';
        if (is_capture)
            text = text.substr(1, text.size() - 2);
        added->segments.push_back({std::string(text), is_capture});
        return true;
    });
    // A literal goes before a capture at the same place, whatever the order of registration.
    const auto later = [](const auto& a, const auto& b) {
        return std::ranges::lexicographical_compare(
            a->segments,
            b->segments,
            {},
            &route::segment::is_capture,
            &route::segment::is_capture
        );
    };
    const std::shared_ptr<const route> entry = std::move(added);
    routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), entry, later), entry);
    return *this;
}

router::match router::find(std::string_view method, std::string_view path) const {
    match found;
    if (!path.starts_with('/'))
        return found;  // "*", which is the server as a whole
    for (const auto& candidate : routes_) {
        decltype(found.captures) captures;
        if (!matches(candidate->segments, path, captures))
            continue;
        if (candidate->method == method) {
            found.answer = &candidate->answer;
            found.pattern = candidate->pattern;
            found.captures = std::move(captures);
            found.most_body_bytes = candidate->most_body_bytes;
            found.other_methods.clear();
            return found;
        }
        if (std::ranges::find(found.other_methods, candidate->method) == found.other_methods.end())
            found.other_methods.push_back(candidate->method);
    }
    return found;
}

}  // namespace otp::http
