#pragma once

#include "common/async/gatherer.hpp"
#include "common/otp/keys.hpp"
#include "common/store/verification_store.hpp"
#include "verify/batch_answers.hpp"
#include "verify/verify_metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// Has the checks of all requests of this process compared and counted by few statements: what comes
// while one is under way gathers and shares the next, be its tenants one or many.
//
// No check waits for another's verification. One that another process holds is deferred by the
// statement of the batch, and asked for anew by itself; so is each of a batch that the server
// refused, so that a row it cannot take harms nobody but its own request. Checks for one tenant,
// number and purpose go one after the other.
class gathered_checks {
public:
    // `tasks` must be joined before any of them ends.
    gathered_checks(
        verification_store& store,
        const key_ring& keys,
        verify_metrics& counts,
        task_group& tasks
    );

    // `asked` must have a tag for each key. An error means that nothing was counted, or that
    // nobody knows: what has not gone by `at` never goes.
    boost::asio::awaitable<postgres::result<check_verdict>> check(code_check asked, deadline at);

    // Checks that wait for a statement.
    std::size_t waiting() const noexcept { return together_.waiting() + alone_.waiting(); }

private:
    // Of one check; empty where it was deferred.
    using verdict = batch_answer<check_verdict>;
    using asking = boost::asio::awaitable<std::vector<verdict>>;

    asking ask_together(std::vector<code_check> asked, deadline at);
    asking ask_alone(std::vector<code_check> asked, deadline at);
    asking ask(const std::vector<code_check>& asked, if_held what, deadline at);

    verification_store& store_;
    verify_metrics& counts_;
    std::vector<std::string> key_ids_;
    gatherer<code_check, verdict> together_;
    gatherer<code_check, verdict> alone_;
};

}  // namespace otp
