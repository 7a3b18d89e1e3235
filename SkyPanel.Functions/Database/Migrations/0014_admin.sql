create table cron_service.api_keys (
    id text primary key check (id ~ '^[a-z2-7]{8}$'),
    secret_hash bytea not null check (length(secret_hash) = 32),
    previous_hash bytea check (length(previous_hash) = 32),
    previous_until timestamptz,
    name text not null check (length(name) between 1 and 100),
    role text not null check (role in ('viewer', 'operator', 'admin')),
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
comment on table cron_service.api_keys is 'An API key: its SHA-256, never the key. Hashes are of the whole key, prefix included.';
comment on column cron_service.api_keys.previous_hash is 'The key before the last rotation, valid until previous_until.';

alter table cron_service.audit add column address text, add column request_id text;
create trigger audit_never_truncated before truncate on cron_service.audit
    for each statement execute function cron_service.refuse_change();
create index audit_by_actor on cron_service.audit (actor, id desc);
create index audit_by_action on cron_service.audit (action, id desc);
create index audit_by_time on cron_service.audit (at);

-- Counted up, so not append-only: a row a source, minute, caller and reason, however often it was tried.
create table cron_service.refusals (
    minute timestamptz not null,
    source text not null,
    actor text not null,
    reason text not null check (reason in ('unauthorized', 'forbidden', 'too-many-requests')),
    attempts bigint not null check (attempts > 0),
    last_request text not null,
    primary key (minute, source, actor, reason)
);
comment on column cron_service.refusals.actor is 'Empty for somebody without a valid key.';
comment on column cron_service.refusals.last_request is 'Method and route of the last attempt.';

create table cron_service.secrets (
    name text primary key,
    ciphertext text not null,
    updated_at timestamptz not null default now(),
    updated_by text not null
);
comment on table cron_service.secrets is 'Settings that are secret, each protected for a purpose that is its name.';

create table cron_service.data_protection_keys (
    id bigint generated always as identity primary key,
    name text not null,
    xml text not null,
    created_at timestamptz not null default now()
);
comment on table cron_service.data_protection_keys is 'The key ring of ASP.NET Core Data Protection, wrapped by a certificate where one is configured.';
