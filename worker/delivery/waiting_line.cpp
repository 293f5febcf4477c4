#include "worker/delivery/waiting_line.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

std::string key_of(const send_job& job) {
    std::string key = job.tenant;
    key += '\0';
    key += job.to.e164();
    return key;
}

// As the database orders requests.
bool is_older(const flight_ptr& a, const flight_ptr& b) {
    return std::tie(a->job.requested_at, a->job.request_id) <
           std::tie(b->job.requested_at, b->job.request_id);
}

}  // namespace

void waiting_line::push(flight_ptr job) {
    const auto [entry, is_new] = jobs_.try_emplace(key_of(job->job));
    if (is_new)
        order_.push_back(&*entry);
    auto& jobs = entry->second;
    jobs.insert(std::upper_bound(jobs.begin(), jobs.end(), job, is_older), std::move(job));
    ++size_;
    arrived_.notify();
}

void waiting_line::close() {
    closed_ = true;
    arrived_.notify();
}

asio::awaitable<std::vector<flight_ptr>> waiting_line::take(std::size_t most) {
    while (order_.empty() && !closed_)
        co_await arrived_.wait();
    std::vector<flight_ptr> taken;
    std::unordered_set<uuid> requests;
    for (std::size_t numbers = std::min(most, order_.size()); numbers != 0; --numbers) {
        auto* entry = order_.front();
        order_.pop_front();
        auto& jobs = entry->second;
        if (requests.insert(jobs.back()->job.request_id).second) {
            taken.push_back(std::move(jobs.back()));
            jobs.pop_back();
            --size_;
        }
        if (jobs.empty())
            jobs_.erase(entry->first);
        else
            order_.push_back(entry);
    }
    co_return taken;
}

std::vector<flight_ptr> waiting_line::take_all() {
    std::vector<flight_ptr> all;
    all.reserve(size_);
    for (auto* entry : order_)
        std::move(entry->second.begin(), entry->second.end(), std::back_inserter(all));
    order_.clear();
    jobs_.clear();
    size_ = 0;
    return all;
}

std::optional<std::chrono::system_clock::time_point> waiting_line::oldest() const {
    std::optional<std::chrono::system_clock::time_point> found;
    for (const auto& [number, jobs] : jobs_) {
        const auto first = jobs.front()->job.requested_at;  // they stand in that order
        found = std::min(found.value_or(first), first);
    }
    return found;
}

}  // namespace otp
