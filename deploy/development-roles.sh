#!/bin/sh
# The programs' roles with passwords that are no secret, before `otpctl migrate` finds them there.
set -eu
for role in otp_worker otp_verify otp_auditor; do
    psql -v ON_ERROR_STOP=1 -U postgres -d otp -c "create role $role login password '$role'"
done
