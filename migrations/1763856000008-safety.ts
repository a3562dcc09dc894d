/** People who are hidden count no more, messages can be taken back, and reports tell moderators what is wrong. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class Safety1763856000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whether what is counted of people counts this one: not from being hidden until being shown again.
      alter table users add column is_counted boolean not null default true;

      -- "What does this person like", for the counts of likes when somebody is hidden.
      create index likes_user_idx on likes (user_id, video_id);

      -- Whether this person is hidden from everybody, so that a send needs to know nothing of people.
      alter table participants add column is_gone boolean not null default false;

      -- When it was taken back; what it said is erased then.
      alter table messages add column unsent_at timestamptz(3);

      create type report_subject as enum ('USER', 'VIDEO', 'CONVERSATION', 'MESSAGE');
      create type report_reason as enum (
        'SPAM', 'HARASSMENT', 'SEXUAL_CONTENT', 'CHILD_SAFETY', 'SELF_HARM', 'VIOLENCE', 'IMPERSONATION', 'ILLEGAL',
        'OTHER'
      );
      create type report_status as enum ('OPEN', 'ACTIONED', 'DISMISSED');

      create table reports (
        id bigint not null,
        reporter_id bigint not null,
        subject_kind report_subject not null,
        -- The subject's key, as its id has it.
        subject_key bigint[] not null,
        -- Who answers for the subject.
        author_id bigint,
        reason report_reason not null,
        note text,
        -- What was reported, as it was then.
        excerpt text,
        status report_status not null default 'OPEN',
        created_at timestamptz(3) not null default now(),
        resolved_at timestamptz(3),
        resolved_by bigint,
        -- Also the index of "all reports, newest first": ids grow with time.
        constraint reports_pkey primary key (id),
        constraint reports_reporter_id_fkey foreign key (reporter_id) references users (id),
        constraint reports_author_id_fkey foreign key (author_id) references users (id),
        constraint reports_resolved_by_fkey foreign key (resolved_by) references users (id)
      );
      -- "The reports of a status, newest first".
      create index reports_status_idx on reports (status, id);
      -- "What has this person reported".
      create index reports_reporter_idx on reports (reporter_id, id);
      -- Reporting the same again finds the same report, while it is open; and "who else has reported this".
      create unique index reports_open_key on reports (subject_key, subject_kind, reporter_id)
        where resolved_at is null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table reports;
      drop type report_status, report_reason, report_subject;
      alter table messages drop column unsent_at;
      alter table participants drop column is_gone;
      drop index likes_user_idx;
      alter table users drop column is_counted;
    `);
  }
}
