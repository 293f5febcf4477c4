#pragma once

#include "common/amqp/publisher.hpp"
#include "common/async/task_group.hpp"
#include "common/job/outcome_event.hpp"

namespace otp {

// Tells exchange otp.events that a verification was settled, by a check or by whoever canceled it.
// A best effort, in the background: nobody waits for it. What the broker does not take in time is
// dropped, and so is what comes while 1024 others wait for it; the log says so.
class settled_events {
public:
    // `broker` should be a publisher of its own, so that a missing exchange harms no send.
    settled_events(amqp::publisher& broker, task_group& tasks) : broker_(broker), tasks_(tasks) {}

    void tell(const outcome_event& event);

private:
    amqp::publisher& broker_;
    task_group& tasks_;
};

}  // namespace otp
