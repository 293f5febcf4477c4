-- Settings of the programs' sessions. They belong to the role in this database, not to the role in the cluster: two databases never write
-- one catalog row, a second installation keeps its own, and dropping the database drops them. And not to the functions: a function's SET
-- is paid at each call. Generic plans, because every look-up is a probe of a key; jit pays for no statement as short as these. No sequential
-- scans, because a plan lives on when the table that was empty as it was made is full.
do $$
declare
  role    text;
  setting text;
begin
  foreach role in array array['otp_worker', 'otp_verify'] loop
    foreach setting in array array['jit = off', 'plan_cache_mode = force_generic_plan', 'enable_seqscan = off', 'statement_timeout = ''5s''', 'lock_timeout = ''2s''',
                                   'idle_in_transaction_session_timeout = ''10s'''] loop
      execute format('alter role %I in database %I set %s', role, current_database(), setting);
    end loop;
  end loop;
end $$;

-- And what the server's log says of them: no row of a failed statement (DETAIL) and no parameter, which may be a phone number, whatever
-- else the server is told to log. Only a superuser, or who was granted these, may set them.
do $$
declare
  role    text;
  setting text;
begin
  foreach role in array array['otp_worker', 'otp_verify'] loop
    foreach setting in array array['log_error_verbosity = terse', 'log_parameter_max_length = 0', 'log_parameter_max_length_on_error = 0'] loop
      execute format('alter role %I in database %I set %s', role, current_database(), setting);
    end loop;
  end loop;
exception when insufficient_privilege then
  raise warning 'the server''s log may come to hold phone numbers: a superuser should set log_error_verbosity = terse, '
    'log_parameter_max_length = 0 and log_parameter_max_length_on_error = 0 for otp_worker and otp_verify in this database';
end $$;

-- The programs compare the schema's version with their own at start.
do $$
begin
  if to_regclass('otp.schema_migration') is not null then
    grant select on otp.schema_migration to otp_worker, otp_verify;
  end if;
end $$;

-- Sessions that plan before the first statistics come get plans for tables of unknown size.
analyze;
