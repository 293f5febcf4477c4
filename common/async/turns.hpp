#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace otp {

// Those who wait, each with a key. Of one key one at a time may go, in the order in which they
// came; who has another key need not wait for that.
template <class T>
class turns {
public:
    void add(const std::string& key, T one) {
        const auto [line, is_new] = lines_.try_emplace(key);
        line->second.push_back(std::move(one));
        ++size_;
        if (is_new)
            order_.push_back(&*line);
    }

    // `most` of those that may go, at most, no two of one key; each key is theirs until it is given
    // back. Whoever `has_left` is dropped.
    template <class Left>
    std::vector<T> take(std::size_t most, Left has_left) {
        std::vector<T> taken;
        while (!order_.empty() && taken.size() < most) {
            auto* const line = order_.front();
            order_.pop_front();
            auto& waiting = line->second;
            for (; !waiting.empty() && has_left(waiting.front()); --size_)
                waiting.pop_front();
            if (waiting.empty()) {
                lines_.erase(line->first);
                continue;
            }
            taken.push_back(std::move(waiting.front()));
            waiting.pop_front();
            --size_;
        }
        return taken;
    }

    void give_back(const std::string& key) {
        const auto line = lines_.find(key);
        if (line->second.empty())
            lines_.erase(line);
        else
            order_.push_back(&*line);
    }

    bool any_may_go() const noexcept { return !order_.empty(); }
    std::size_t size() const noexcept { return size_; }

private:
    // Kept while one of that key is under way, too.
    using lines = std::unordered_map<std::string, std::list<T>>;

    lines lines_;
    std::deque<typename lines::value_type*> order_;
    std::size_t size_ = 0;
};

}  // namespace otp
