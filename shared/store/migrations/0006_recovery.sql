-- Recovery: what it takes to find the sagas that stand still, and to have each
-- run again by one at a time. docs/reliability.md says how.

-- How often a saga was taken to be run again, and from when on it may be taken.
-- `next_attempt_at` is the lease: whoever starts or takes a saga sets it beyond
-- the longest run, and nobody takes the saga before that. (One that the release
-- before this starts may be taken at once. That is harmless, for every step
-- looks at the saga first.)
alter table game_gacha.live_sagas add column attempt_count int unsigned not null default 0;
alter table game_gacha.live_sagas add column next_attempt_at timestamp(6) not null default current_timestamp(6);

-- Times rise: an index that began with one would grow at one hot end. So it
-- begins with a shard, and grows at 16, for the ids of sagas are random. A
-- sweep reads the beginning of each shard. What that costs depends on the
-- sagas that are live, and on those that ended since the last garbage
-- collection; not on the many that ended before. The index has all that a
-- sweep reads.
alter table game_gacha.live_sagas add column shard tinyint unsigned as (ascii(saga_id) & 15) virtual;
alter table game_gacha.live_sagas add key live_sagas_due (shard, next_attempt_at, attempt_count, saga_id);

-- How far the audit of all players has come: where it goes on, and what it has
-- found since it began anew. One row.
create table game_gacha.audit_progress (
  audit_id        varchar(16)     not null,
  next_user_id    binary(16)      not null,
  player_count    bigint unsigned not null,
  violation_count bigint unsigned not null,
  updated_at      timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
  primary key (audit_id)
);
