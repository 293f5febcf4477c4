#pragma once

#include "common/postgres/error.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace otp {

// What one request of a batch was answered; empty where it is to be asked for by itself.
template <class T>
using batch_answer = postgres::result<std::optional<T>>;

// One for each of `requests`: its row, or the error that all of them met.
template <class T, class Row>
std::vector<batch_answer<T>> each_of(
    postgres::result<std::vector<Row>> answer,
    std::size_t requests
) {
    if (answer && answer->size() != requests)
        throw std::logic_error("a statement must answer each request of its batch");
    std::vector<batch_answer<T>> each;
    each.reserve(requests);
    for (std::size_t i = 0; i < requests; ++i) {
        if (answer)
            each.emplace_back(std::move((*answer)[i]));
        else
            each.emplace_back(answer.error());
    }
    return each;
}

// Where the server refused a batch of several, each is to be asked for by itself: a row it cannot
// take then harms nobody but its own request.
template <class T>
std::vector<batch_answer<T>> alone_where_refused(std::vector<batch_answer<T>> answers) {
    const auto& first = answers.front();
    const bool refused = !first && first.error().what() == postgres::error::kind::server;
    if (refused && answers.size() > 1)
        answers.assign(answers.size(), std::optional<T>());
    return answers;
}

// Of these two, `answer` is empty where it was given up.

template <class T>
bool is_to_ask_alone(const std::optional<batch_answer<T>>& answer) {
    return answer && *answer && !**answer;
}

// Of one that is to be asked alone no more; `what` names the request in the error of one given up.
template <class T>
postgres::result<T> outcome_of(std::optional<batch_answer<T>> answer, const std::string& what) {
    if (!answer)
        return postgres::error(
            postgres::error::kind::timeout,
            "no answer to the " + what + "'s statement came in time"
        );
    if (!*answer)
        return answer->error();
    return std::move((**answer).value());
}

}  // namespace otp
