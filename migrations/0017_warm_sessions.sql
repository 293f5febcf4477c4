-- New sessions have begin and check planned before their first use. The first call would plan while it holds the lock of its number, for
-- up to half a second on a busy machine, and whoever waits for that number would wait for it too. A batch of nothing goes through all
-- statements behind the locks, and locks and writes nothing.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

create function plan_sends() returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  select from otp.begin_sends(null, null, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
                              '{}', '{}')
$$;

create function plan_checks() returns void
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  select from otp.check_codes('{}', '{}', '{}', '{}', '{}', '{}', '{}', true);
  select from otp.check_codes('{}', '{}', '{}', '{}', '{}', '{}', '{}', false)
$$;

revoke execute on function plan_sends, plan_checks from public;
grant execute on function plan_sends to otp_worker, otp_verify;
grant execute on function plan_checks to otp_verify;
reset role;
