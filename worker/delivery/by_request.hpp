#pragma once

#include "common/core/uuid.hpp"

#include <unordered_map>
#include <vector>

namespace otp {

// What the store says of each request of a batch. Points into `answers`.
template <class Answer>
std::unordered_map<uuid, const Answer*> by_request(const std::vector<Answer>& answers) {
    std::unordered_map<uuid, const Answer*> found;
    found.reserve(answers.size());
    for (const auto& answer : answers)
        found.emplace(answer.request_id, &answer);
    return found;
}

}  // namespace otp
