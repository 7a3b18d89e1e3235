-- HTTP: API keys, refused requests, the audit, and the answers of requests with an Idempotency-Key.

create table cron_service.api_keys (
    id text primary key check (id ~ '^[a-z2-7]{8}$'),
    secret_hash bytea not null check (length(secret_hash) = 32),
    previous_hash bytea check (length(previous_hash) = 32),
    previous_until timestamptz,
    name text not null check (length(name) between 1 and 100),
    role text not null check (role in ('panel', 'viewer', 'operator', 'admin')),
    owner text check (length(owner) between 1 and 200),
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    rotated_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    constraint previous_until_known check ((previous_hash is null) = (previous_until is null)),
    constraint revoked_by_somebody check ((revoked_at is null) = (revoked_by is null))
);
comment on table cron_service.api_keys is 'One row per API key, with the SHA-256 of the whole key, prefix included, but never the key.';
comment on column cron_service.api_keys.previous_hash is 'The key before the last rotation, valid until previous_until.';

-- One row per change that somebody made or attempted; append-only.
create table cron_service.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    subject text not null,
    before jsonb,
    after jsonb,
    reason text,
    address text,
    request_id text
);
call cron_service.make_append_only('cron_service.audit');
create index audit_by_actor on cron_service.audit (actor, id desc);
create index audit_by_action on cron_service.audit (action, id desc);
create index audit_by_time on cron_service.audit (at);

-- One row per source, minute, caller and reason, with a count of the attempts; so it is not append-only.
create table cron_service.refusals (
    minute timestamptz not null,
    source text not null,
    actor text not null,
    reason text not null check (reason in ('unauthorized', 'forbidden', 'too-many-requests')),
    attempts bigint not null check (attempts > 0),
    last_request text not null,
    primary key (minute, source, actor, reason)
);
comment on column cron_service.refusals.actor is 'Empty for a caller without a valid key.';
comment on column cron_service.refusals.last_request is 'Method and route of the last attempt.';

-- One row per request with an Idempotency-Key: a repeat gets the first answer.
create table cron_service.idempotency_keys (
    key text not null,
    operation text not null,
    caller text not null,
    request_hash text not null,
    status_code integer,
    answer json,
    created_at timestamptz not null default now(),
    primary key (caller, operation, key)
);
-- answer is json, not jsonb: jsonb keeps neither the order of members nor their form, and a repeat gets the first answer byte for byte.
